// Pages of money on a store of a size: 30 generated days of a million requests, with --ten-million of ten.
//
// On SQLite, and on PostgreSQL where BENCH_DATABASE_URL names an empty database (scripts/with-postgres makes one).
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { load } from "./load.mjs";
import { mib, report, spread } from "./report.mjs";
import { withModel } from "./model.mjs";
import { binary, call, launch, pause, rss } from "./start.mjs";
import { signIn } from "./demo.mjs";

const asked = process.argv.includes("--ten-million") ? 10_000_000 : Number(process.env.BENCH_REQUESTS ?? 1_000_000);
const days = 30;
const seconds = 3;
const many = (n) => n.toLocaleString("en");

/** Bytes of a SQLite store, its log included. */
function bytes(folder) {
  let sum = 0;
  for (const name of ["holisticos.db", "holisticos.db-wal"]) {
    try {
      sum += statSync(join(folder, name)).size;
    } catch {
      // No log yet.
    }
  }
  return sum;
}

/** The address of a page of the ledger `pages` pages back. */
async function deep(url, cookie, pages) {
  let before = "";
  for (let n = 0; n < pages; n++) {
    const answer = await fetch(`${url}/cost/ledger?format=json${before && `&before=${before}`}`, { headers: { cookie } });
    const rows = await answer.json();
    before = rows.at(-1).id;
  }
  return `/cost/ledger?before=${before}`;
}

async function measureOn(engine, env) {
  const data = mkdtempSync(join(tmpdir(), "holisticos-bench-"));
  // A model of the generated past that nobody asks: its page is measured.
  const model = { ...withModel("http://127.0.0.1:9"), HOLISTICOS__MODEL__NAME: "demo-large" };
  const settings = { PATH: process.env.PATH, RUST_LOG: "error", HOLISTICOS__LIMITS__ENABLED: "false", ...model, ...env };
  const run = (...args) => promisify(execFile)(binary, [...args, "--data", data], { env: settings, maxBuffer: 2 ** 26 });
  try {
    const { stdout } = await run("generate", "--requests", String(asked), "--days", String(days), "--seed", "1");
    report(`${engine}: generate`, stdout.trim());
    if (engine === "SQLite") {
      const [, calls] = /with (\d+) model calls/.exec(stdout);
      const whole = bytes(data);
      report(`${engine}: the store`, `${mib(whole / 2 ** 20)}, ${(whole / asked).toFixed(0)} bytes a request with its ${(calls / asked).toFixed(2)} calls, sums and buckets`);
    }
    const [email, password] = ["bench@example.org", "a long enough sentence"];
    execFileSync(binary, ["user", "create", email, "--role", "admin", "--password-stdin", "--data", data], { input: `${password}\n`, env: settings });
    const child = await launch(binary, ["serve", "--addr", "127.0.0.1:0", "--data", data], settings, /listens on (http:\/\/\S+)/);
    await call("GET", `${child.found}/readyz`);
    // The first seconds belong to the checks of a start.
    await pause(3_000);
    const cookie = await signIn(child.found, email, password);
    report(`${engine}: RSS before the pages`, mib(rss(child.pid)));
    const pages = [
      ["Overview", "/"],
      ["Requests", "/requests"],
      ["Cost", "/cost"],
      ["Cost, days as JSON", "/cost?format=json"],
      ["Cost, people as JSON", "/cost?format=json&table=people"],
      ["Cost, models as JSON", "/cost?format=json&table=by-model"],
      ["Ledger, first page", "/cost/ledger"],
      ["Ledger, of one agent", "/cost/ledger?agent=routine"],
      ["Ledger, of one model", "/cost/ledger?model=demo-large"],
      ["Ledger, of one agent and model", "/cost/ledger?agent=insights&model=demo-large"],
      ["Ledger, 100 pages back", await deep(child.found, cookie, 20)],
      ["Ledger as JSON, 500 calls", "/cost/ledger?format=json"],
      ["Ledger, corrections only", "/cost/ledger?corrections=true"],
      ["Prices and tokens used", "/cost/prices"],
      ["Caps", "/cost/caps"],
      ["Caps as JSON", "/cost/caps?format=json"],
      ["Change a cap, one agent", "/cost/caps/change?of=agent:routine:day&amount=1"],
      ["Change a cap, people of a tier", "/cost/caps/change?of=person:free:day&amount=1"],
      ["Cut cost, everything", "/cost/shutoff"],
      ["Cut cost, one agent", "/cost/shutoff?scope=agent:routine"],
      ["Cut cost, one tier", "/cost/shutoff?scope=tier:free"],
      ["Cut cost, one model", "/cost/shutoff?scope=model:demo-large"],
    ];
    for (const [name, path] of pages) {
      const run = await load(`${child.found}${path}`, { headers: [`cookie: ${cookie}`], seconds });
      report(`${engine}, ${many(asked)} requests: ${name}`, spread(run));
    }
    report(`${engine}: RSS after the pages`, mib(rss(child.pid)));
    await child.stop();
    const { stdout: verified } = await run("ledger", "verify");
    report(`${engine}: ledger verify`, verified.trim());
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export async function measureSpend() {
  if (!process.env.BENCH_ONLY_POSTGRES) await measureOn("SQLite", {});
  const url = process.env.BENCH_DATABASE_URL ?? process.env.TEST_DATABASE_URL;
  if (url) await measureOn("PostgreSQL", { DATABASE_URL: url });
  else report("PostgreSQL", "not measured: no BENCH_DATABASE_URL");
}
