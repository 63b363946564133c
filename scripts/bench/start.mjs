// Starts what is measured, and ends it again; and how long a start takes.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ms, report } from "./report.mjs";

export const root = new URL("../..", import.meta.url).pathname;
export const binary = process.env.HOLISTICOS_BINARY ?? join(root, "target/release/holisticos");
const running = new Set();

/** Starts a process and waits until it says `words`; resolves to what they captured. */
export async function launch(command, args, env, words) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const gone = new Promise((done) => child.once("close", done));
  const stop = async () => {
    running.delete(stop);
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await gone;
    clearTimeout(hard);
  };
  running.add(stop);
  const found = await new Promise((ready, failed) => {
    child.once("error", failed);
    gone.then(() => failed(new Error(`${command} ended:\n${said}`)));
    let heard = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        // It goes on being read, so that the child never waits for it.
        if (heard) return;
        said += part;
        const match = words.exec(said);
        heard = match !== null;
        if (heard) ready(match[1]);
      });
    }
  });
  return { found, stop, pid: child.pid };
}

export async function endAll() {
  for (const stop of [...running]) await stop();
}

/** A service with an empty store of its own, limits off unless the settings say otherwise. */
export async function start(args = [], settings = {}) {
  const data = mkdtempSync(join(tmpdir(), "holisticos-bench-"));
  const begun = performance.now();
  const env = { RUST_LOG: "error", HOLISTICOS__LIMITS__ENABLED: "false", ...settings };
  const child = await launch(binary, ["serve", "--addr", "127.0.0.1:0", "--data", data, ...args], env, /listens on (http:\/\/\S+)/);
  await call("GET", `${child.found}/readyz`);
  const cold = performance.now() - begun;
  const stop = async () => {
    await child.stop();
    rmSync(data, { recursive: true, force: true });
  };
  const command = (...command) => execFileSync(binary, [...command, "--data", data], { encoding: "utf8" }).trim();
  const key = (scopes) => command("key", "create", "--tenant", "b", "--tier", "admin", "--scopes", scopes);
  return { url: child.found, data, cold, stop, command, key, pid: child.pid };
}

/** A provider that answers after 20 ms; its `found` is the address without path. */
export function startProvider() {
  const args = ["simulate-provider", "--addr", "127.0.0.1:0", "--latency-ms", "20", "--jitter-ms", "0"];
  return launch(binary, args, { RUST_LOG: "error" }, /(http:\/\/\S+)\/v1/);
}

/** One call, outside of what is measured. */
export function call(method, url, { key, body, cookie, encoding } = {}) {
  return new Promise((done, failed) => {
    const headers = { ...(key && { authorization: `Bearer ${key}` }), ...(cookie && { cookie }), ...(encoding && { "accept-encoding": encoding }) };
    const request = http.request(url, { method, agent: false, headers }, (answer) => {
      let size = 0;
      answer.on("data", (part) => (size += part.length));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, size }));
    });
    request.on("error", failed);
    request.end(body && JSON.stringify(body));
  });
}

export const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
/** Processor time that a process took until now, seconds of user and system together. */
export function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
export const pause = (millis) => new Promise((later) => setTimeout(later, millis));

export async function measureStart() {
  const colds = [];
  for (let n = 0; n < 5; n++) {
    const service = await start();
    colds.push(service.cold);
    await service.stop();
  }
  report("cold start to the first answer, empty store, median of 5", ms(colds.sort((a, b) => a - b)[2]));
}
