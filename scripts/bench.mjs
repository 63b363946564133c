// Measures the figures of docs/benchmarks.md on the release binary: cold start, memory, agent requests at fixed arrival
// rates, the overview with 30 days of history, the weight of a page. Open model: requests leave on time whether earlier
// ones are answered or not; a late or dropped arrival voids the run. Prints a Markdown table.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const binary = new URL("../target/release/holisticos", import.meta.url).pathname;
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const rows = [];
const report = (figure, value) => {
  rows.push([figure, value]);
  console.error(`${figure}: ${value}`);
};

async function start(args = [], settings = {}) {
  const data = mkdtempSync(join(tmpdir(), "holisticos-bench-"));
  const begun = performance.now();
  const child = spawn(binary, ["serve", "--addr", "127.0.0.1:0", "--data", data, ...args], {
    env: { PATH: process.env.PATH, RUST_LOG: "error", HOLISTICOS__LIMITS__ENABLED: "false", ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((ready, failed) => {
    let text = "";
    child.once("exit", () => failed(new Error(text)));
    child.stdout.on("data", (part) => {
      text += part;
      const found = /listens on (http:\/\/\S+)/.exec(text);
      if (found) ready(found[1]);
    });
  });
  await call("GET", `${url}/readyz`);
  const cold = performance.now() - begun;
  const stop = async () => {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
  const command = (...command) => execFileSync(binary, [...command, "--data", data], { encoding: "utf8" }).trim();
  return { url, data, cold, stop, command, pid: child.pid };
}

function call(method, url, { key, body, cookie, encoding } = {}) {
  return new Promise((done, failed) => {
    const headers = { ...(key && { authorization: `Bearer ${key}` }), ...(cookie && { cookie }), ...(encoding && { "accept-encoding": encoding }) };
    const request = http.request(url, { method, agent, headers }, (answer) => {
      let size = 0;
      const parts = [];
      answer.on("data", (part) => {
        size += part.length;
        parts.push(part);
      });
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, size, text: () => Buffer.concat(parts).toString() }));
    });
    request.on("error", failed);
    request.end(body && JSON.stringify(body));
  });
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const ms = (value) => `${value.toFixed(2)} ms`;
const spread = (times) => {
  times.sort((a, b) => a - b);
  return `p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}, p99 ${ms(quantile(times, 0.99))}`;
};
const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

async function load(perSecond, seconds, ask) {
  const times = [];
  const waiting = [];
  let failed = 0;
  let late = 0;
  const begun = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = begun + (n * 1000) / perSecond;
    while (performance.now() < due) await new Promise((next) => (due - performance.now() > 2 ? setTimeout(next, 1) : setImmediate(next)));
    if (performance.now() - due > 50) late++;
    const left = performance.now();
    waiting.push(ask(n).then((answer) => (answer.status === 200 ? times.push(performance.now() - left) : failed++), () => failed++));
  }
  await Promise.all(waiting);
  if (failed || late > perSecond * seconds * 0.001) return `void: ${failed} failed, ${late} left late`;
  return spread(times);
}

async function people(service, key, count) {
  for (let n = 0; n < count; n++) {
    await call("PUT", `${service.url}/api/user/p${n}/profile`, { key, body: { age: 20 + (n % 50), height_cm: 170, weight_kg: 60 + (n % 30) } });
    const items = [];
    for (let day = 1; day <= 14; day++) {
      const start = new Date(Date.now() - day * 86_400_000).toISOString();
      const end = new Date(Date.now() - day * 86_400_000 + 3_600_000 * 8).toISOString();
      items.push({ category: "activity", type: "steps", value: 5000 + n * 10 + day, unit: "count", start, end });
      items.push({ category: "sleep", type: "sleep_duration", value: 400 + day, unit: "minute", start, end });
    }
    await call("POST", `${service.url}/api/user/p${n}/biomarkers`, { key, body: { items } });
  }
}

const colds = [];
for (let n = 0; n < 5; n++) {
  const service = await start();
  colds.push(service.cold);
  await service.stop();
}
report("cold start to the first answer, empty store, median of 5", ms(colds.sort((a, b) => a - b)[2]));

const service = await start();
const key = service.command("key", "create", "--tenant", "b", "--tier", "admin", "--scopes", "agents,data,ops:read");
await new Promise((later) => setTimeout(later, 3000));
report("RSS idle", `${rss(service.pid).toFixed(1)} MiB`);
await people(service, key, 200);
const agents = ["behavior/analyze", "circadian/analyze", "routine/generate", "nutrition/generate", "insights/generate"];
const ask = (body) => (n) => call("POST", `${service.url}/api/user/p${n % 200}/${agents[n % 5]}`, { key, body });
report("agent request, computed afresh and stored, 100/s for 20 s", await load(100, 20, ask({ force_refresh: true })));
report("agent request, computed afresh and stored, 500/s for 20 s", await load(500, 20, ask({ force_refresh: true })));
report("agent request, from memory, 100/s for 20 s", await load(100, 20, ask({})));
report("agent request, from memory, 500/s for 20 s", await load(500, 20, ask({})));
report("RSS after that load", `${rss(service.pid).toFixed(1)} MiB`);
await service.stop();

// The model path: what our side adds to a provider that takes 20 ms, with admission, ledger, validator and store.
const provider = spawn(binary, ["simulate-provider", "--addr", "127.0.0.1:0", "--latency-ms", "20", "--jitter-ms", "0"], { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => provider.kill());
const providerUrl = await new Promise((ready) => provider.stdout.on("data", (part) => ready(/(http:\/\/\S+)\/v1/.exec(part.toString())[1])));
const model = await start([], {
  HOLISTICOS__MODEL__NAME: "sim-small",
  HOLISTICOS__MODEL__BASE_URL: providerUrl,
  HOLISTICOS__MODEL__API_KEY: "bench",
  HOLISTICOS__MODEL__INPUT_USD_PER_MTOK: "0.1",
  HOLISTICOS__MODEL__OUTPUT_USD_PER_MTOK: "0.4",
  HOLISTICOS__COST__ALERT_USD: "1000",
  HOLISTICOS__COST__BUDGET_USD: "2000",
  HOLISTICOS__COST__CEILING_USD: "3000",
  HOLISTICOS__CAPS__ADMIN_PERSON_DAY_USD: "0",
  HOLISTICOS__CAPS__ADMIN_PERSON_MONTH_USD: "0",
});
const modelKey = model.command("key", "create", "--tenant", "b", "--tier", "admin", "--scopes", "agents,data,ops:read");
await people(model, modelKey, 200);
const writing = (n) => call("POST", `${model.url}/api/user/p${n % 200}/behavior/analyze`, { key: modelKey, body: { force_refresh: true } });
const bare = [];
const added = [];
for (let n = 0; n < 300; n++) {
  let begun = performance.now();
  await call("POST", `${providerUrl}/v1/chat/completions`, { key: "bench", body: { model: "sim-small", messages: [{ role: "user", content: "x".repeat(6000) }] } });
  bare.push(performance.now() - begun);
  begun = performance.now();
  const answer = await writing(n);
  if (JSON.parse(answer.text()).meta.engine !== "model") throw new Error(JSON.stringify(JSON.parse(answer.text()).meta));
  added.push(performance.now() - begun);
}
report("the provider simulator alone (20 ms), one at a time", spread(bare));
report("behavior written by it, one at a time, every call reserved durably", spread(added));
for (const rate of [50, 100, 200]) report(`behavior written by it, ${rate}/s for 10 s`, await load(rate, 10, writing));
report("RSS after that", `${rss(model.pid).toFixed(1)} MiB`);
await model.stop();
provider.kill();

const demo = await start(["--demo"]);
report("first start of the demo to the first answer, its history follows", ms(demo.cold));
await new Promise((later) => setTimeout(later, 15_000));
const reader = demo.command("key", "create", "--tenant", "b", "--tier", "admin", "--scopes", "ops:read");
const times = [];
for (let n = 0; n < 200; n++) {
  const begun = performance.now();
  await call("GET", `${demo.url}/api/ops/overview`, { key: reader });
  times.push(performance.now() - begun);
}
report("overview with 30 days of history, as JSON, 200 times", spread(times));
execFileSync(binary, ["user", "create", "bench@example.org", "--role", "admin", "--password-stdin", "--data", demo.data], { input: "a long enough sentence\n" });
const form = new URLSearchParams({ email: "bench@example.org", password: "a long enough sentence" }).toString();
const cookie = await new Promise((done) => {
  const request = http.request(`${demo.url}/sign-in`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } }, (answer) => {
    answer.resume();
    done(answer.headers["set-cookie"][0].split(";")[0]);
  });
  request.end(form);
});
const pages = [];
let page;
for (let n = 0; n < 100; n++) {
  const begun = performance.now();
  page = await call("GET", `${demo.url}/`, { cookie, encoding: "br" });
  pages.push(performance.now() - begun);
}
report("overview page with 30 days of history, 100 times", spread(pages));
report("overview page over the wire", `${(page.size / 1024).toFixed(1)} KiB of HTML with its charts (br)`);
const files = ["holistic.css", "holistic.js", "holistic.wasm"].map((name) => [name, statSync(new URL(`../target/site/pkg/${name}.br`, import.meta.url)).size]);
report("style, script and WASM over the wire", files.map(([name, size]) => `${name} ${(size / 1024).toFixed(1)} KiB`).join(", "));
report("RSS with the demo running", `${rss(demo.pid).toFixed(1)} MiB`);
report("binary", `${(statSync(binary).size / 1048576).toFixed(1)} MiB`);
await demo.stop();
agent.destroy();

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
console.log(`\nCommit ${commit}, ${cpus().length} × ${cpus()[0].model}, Node ${process.version} as the load generator on the same machine.\n`);
console.log("| figure | measured |\n|---|---|");
for (const [figure, value] of rows) console.log(`| ${figure} | ${value} |`);
