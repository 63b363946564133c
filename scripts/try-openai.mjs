// Asks us with a client that we did not write: OpenAI's Python package, in a virtual environment of its own.
//
//   node scripts/try-openai.mjs           needs Python 3.9 or newer with venv, and cargo build --release before
//
// Our simulator is the provider. Ends with 1 when the client does not understand an answer or an error, or asks again after one that it should leave alone.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const binary = process.env.HOLISTICOS_BINARY ?? join(root, "target/release/holisticos");
const home = join(root, "target/openai");
const folder = mkdtempSync(join(tmpdir(), "holisticos-openai-"));
const children = [];

const questions = String.raw`
import os, openai
statuses = []
http = openai.DefaultHttpxClient(event_hooks={"response": [lambda response: statuses.append(response.status_code)]})
client = openai.OpenAI(base_url=os.environ["URL"] + "/v1", api_key=os.environ["KEY"], http_client=http)
question = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "How do I sleep better?"}]
ask = lambda **more: client.chat.completions.create(**{"model": "auto", "messages": question, **more})
def row(what, said): print(f"| {what} | {said} |")

answer = ask(user="ana", temperature=0.3, max_tokens=100)
assert answer.choices[0].message.content and answer.usage.total_tokens > 0 and answer.holisticos["cost_usd"] > 0
row("whole", f"{answer.model}, {answer.usage.total_tokens} tokens, {answer.holisticos['cost_usd']:.6f} USD")
parts = list(ask(stream=True, stream_options={"include_usage": True}))
text = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
assert text and parts[-1].usage.total_tokens > 0 and parts[0].id == parts[-1].holisticos["request_id"]
row("in parts", f"{len(parts)} parts, {parts[-1].usage.total_tokens} tokens, {parts[-1].holisticos['cost_usd']:.6f} USD")
again = ask(messages=question + [answer.choices[0].message, {"role": "user", "content": "Why?"}])
assert again.choices[0].message.content
row("its own answer sent back", "understood")
class Tip:
    schema = {"type": "json_schema", "json_schema": {"name": "tip", "strict": True, "schema": {"type": "object",
        "properties": {"tip": {"type": "string"}}, "required": ["tip"], "additionalProperties": False}}}
assert "tip" in ask(response_format=Tip.schema).choices[0].message.content
row("a schema", "kept")
assert [model.id for model in client.models.list()] == ["auto", "sim-small", "cut-stream@sim-small", "error-500@sim-small"]
row("models", "listed")

def refused(what, kind, **more):
    try:
        for _ in ask(stream=more.pop("stream", False), **more): pass
    except kind as error:
        row(what, f"{type(error).__name__}: {error.body['message'] if isinstance(error.body, dict) and 'message' in error.body else error.message}")
    else: raise AssertionError(what)

refused("tools", openai.UnprocessableEntityError, tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}])
refused("an unknown model", openai.NotFoundError, model="gpt-x")
refused("a stream that breaks off", openai.APIError, model="cut-stream@sim-small", stream=True)
refused("a provider that fails", openai.InternalServerError, model="error-500@sim-small")
while True:
    try: ask(user="bo")
    except openai.APIStatusError as error:
        assert error.status_code == 402 and statuses.count(402) == 1, (error, statuses)
        row("a cap", f"{error.status_code} {error.body['type']}: {error.message}"[:160])
        break
`;

function install() {
  if (existsSync(join(home, "bin/python"))) return;
  console.error("==> install OpenAI's package");
  mkdirSync(home, { recursive: true });
  execFileSync("python3", ["-m", "venv", home], { stdio: "inherit" });
  execFileSync(join(home, "bin/pip"), ["install", "--quiet", "openai"], { stdio: "inherit" });
}

/** Starts a process and waits until it says `words`; resolves to what they captured. */
function start(command, args, env, words) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return new Promise((ready, failed) => {
    let said = "";
    child.once("exit", (code) => failed(new Error(`${command} ended with ${code}:\n${said}`)));
    child.stdout.on("data", (part) => {
      said += part;
      const found = words.exec(said);
      if (found) ready(found[1]);
    });
  });
}

try {
  install();
  const provider = await start(binary, ["simulate-provider", "--addr", "127.0.0.1:0"], {}, /(http:\/\/\S+\/v1)/);
  const config = join(folder, "holisticos.toml");
  const model = (name) => `name = "${name}"\nbase_url = "${provider}"\napi_key = "test"\ninput_usd_per_mtok = 1.0\noutput_usd_per_mtok = 2.0\nattempts = 1\nmax_output_tokens = 100\n`;
  writeFileSync(config, `[model]\n${model("sim-small")}[[fallback_models]]\n${model("cut-stream@sim-small")}[[fallback_models]]\n${model("error-500@sim-small")}[caps]\nfree_person_day_usd = 0.0003\n`);
  const common = ["--config", config, "--data", join(folder, "data")];
  const url = await start(binary, ["serve", "--addr", "127.0.0.1:0", ...common], { RUST_LOG: "error" }, /listens on (http:\/\/\S+)/);
  const key = execFileSync(binary, ["key", "create", "--tenant", "t", "--tier", "free", "--scopes", "models,ops:read", ...common], { encoding: "utf8" }).trim();
  console.log("| asked by OpenAI's Python client | what it made of it |\n|---|---|");
  execFileSync(join(home, "bin/python"), ["-c", questions], { env: { PATH: process.env.PATH, PYTHONUNBUFFERED: "1", URL: url, KEY: key }, stdio: "inherit" });
  const now = await (await fetch(`${url}/api/ops/cost`, { headers: { authorization: `Bearer ${key}` } })).json();
  if (now.reserved_usd !== 0) throw new Error(`$${now.reserved_usd} stayed held`);
  const asked = await (await fetch(provider.replace("/v1", "/stats"))).json();
  console.log(`\n$${now.spent_usd} booked, nothing held, ${asked.requests ?? "?"} requests at the provider.`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
