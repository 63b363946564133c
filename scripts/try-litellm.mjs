// Asks a provider that we did not write: LiteLLM's proxy from the Python package registry, in a virtual environment of its own.
//
//   node scripts/try-litellm.mjs          needs Python 3.9 or newer with venv, and cargo build --release before
//
// Two models behind it: one that it makes up by itself (mock_response), one that it forwards to our simulator. Each is asked
// whole and streamed. Ends with 1 when an answer is not the model's, or is not charged by what LiteLLM says was used.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const binary = process.env.HOLISTICOS_BINARY ?? join(root, "target/release/holisticos");
const home = join(root, "target/litellm");
const folder = mkdtempSync(join(tmpdir(), "holisticos-litellm-"));
const masterKey = `sk-${crypto.randomUUID()}`;
const children = [];

function install() {
  if (existsSync(join(home, "bin/litellm"))) return;
  console.error("==> install LiteLLM's proxy");
  mkdirSync(home, { recursive: true });
  execFileSync("python3", ["-m", "venv", home], { stdio: "inherit" });
  execFileSync(join(home, "bin/pip"), ["install", "--quiet", "litellm[proxy]"], { stdio: "inherit" });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts a process and waits until it says `words`; resolves to what they captured. */
function start(command, args, env, words) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, HOME: folder, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return new Promise((ready, failed) => {
    let said = "";
    child.once("exit", (code) => failed(new Error(`${command} ended with ${code}:\n${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        said += part;
        const found = words.exec(said);
        if (found) ready(found[1]);
      });
    }
  });
}

async function ask(url, key, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(value)}`);
  return value;
}

/** One service with one model of the proxy; a person without data, whose analysis has one text to word. */
async function answered(proxy, model, stream) {
  const env = {
    HOLISTICOS__MODEL__NAME: model,
    HOLISTICOS__MODEL__BASE_URL: proxy,
    HOLISTICOS__MODEL__API_KEY: masterKey,
    HOLISTICOS__MODEL__INPUT_USD_PER_MTOK: "1",
    HOLISTICOS__MODEL__OUTPUT_USD_PER_MTOK: "2",
    HOLISTICOS__MODEL__STREAM: String(stream),
  };
  return (await analysed(env)).meta;
}

async function analysed(settings) {
  const data = mkdtempSync(join(folder, "data-"));
  const env = { RUST_LOG: "error", ...settings };
  const url = await start(binary, ["serve", "--addr", "127.0.0.1:0", "--data", data], env, /listens on (http:\/\/\S+)/);
  const key = execFileSync(binary, ["key", "create", "--tenant", "t", "--tier", "admin", "--scopes", "agents,data", "--data", data], { encoding: "utf8" }).trim();
  await ask(url, key, "PUT", "/api/user/ana/profile", { age: 41 });
  const { meta, behavior_analysis: analysis } = await ask(url, key, "POST", "/api/user/ana/behavior/analyze", {});
  return { meta, analysis };
}

/** What the mock says: the planner's own texts of the same analysis, which fit the schema. */
async function plannersWords() {
  const { analysis } = await analysed({});
  const { summary, patterns } = analysis;
  return { summary: `${summary} No hurry.`, patterns: patterns.map(({ detail }) => ({ detail })) };
}

let wrong = 0;
try {
  install();
  const simulator = await start(binary, ["simulate-provider", "--addr", "127.0.0.1:0"], {}, /listens on (http:\/\/\S+\/v1)/);
  const config = join(folder, "litellm.yaml");
  const model = (name, params) => ({ model_name: name, litellm_params: params });
  const words = await plannersWords();
  const mock = { model: "openai/mock", api_key: "none", mock_response: JSON.stringify(words) };
  const forwarded = { model: "openai/sim-small", api_key: "test", api_base: simulator };
  // YAML is a superset of JSON.
  writeFileSync(config, JSON.stringify({ model_list: [model("mock", mock), model("forwarded", forwarded)] }));
  const port = await freePort();
  await start(join(home, "bin/litellm"), ["--config", config, "--host", "127.0.0.1", "--port", String(port)], { LITELLM_MASTER_KEY: masterKey }, /(Application startup complete|Uvicorn running)/);
  console.log("| model behind LiteLLM | replies | engine | tokens in + out | cost |\n|---|---|---|---|---|");
  for (const name of ["mock", "forwarded"]) {
    for (const stream of [false, true]) {
      const meta = await answered(`http://127.0.0.1:${port}`, name, stream);
      const { input, output } = meta.tokens;
      const right = meta.engine === "model" && input > 0 && output > 0 && Math.abs(meta.cost_usd - (input + 2 * output) / 1e6) < 1e-6;
      wrong += right ? 0 : 1;
      console.log(`| ${name} | ${stream ? "streamed" : "whole"} | ${meta.engine}${right ? "" : " ✗ " + (meta.degraded_reason ?? "")} | ${input} + ${output} | $${meta.cost_usd} |`);
    }
  }
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
process.exit(wrong ? 1 : 0);
