// LiteLLM's proxy, the usual gateway, measured as ours is: one worker, its defaults, in front of the same provider.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./floor.mjs";
import { load } from "./load.mjs";
import { prompt } from "./model.mjs";
import { added, mib, report, spread } from "./report.mjs";
import { launch, root, rss, startProvider } from "./start.mjs";

const home = join(root, "target/litellm");
const RATES = [undefined, 50, 100, 200, 500];
const named = (rate) => (rate ? `${rate}/s` : "one at a time");

/** Its version, or `undefined` where it cannot be had. */
function install() {
  try {
    if (!existsSync(join(home, "bin/litellm"))) {
      console.error("==> install LiteLLM's proxy");
      execFileSync("python3", ["-m", "venv", home], { stdio: ["ignore", 2, 2] });
      execFileSync(join(home, "bin/pip"), ["install", "--quiet", "litellm[proxy]"], { stdio: ["ignore", 2, 2] });
    }
    return /^Version: (\S+)$/m.exec(execFileSync(join(home, "bin/pip"), ["show", "litellm"], { encoding: "utf8" }))[1];
  } catch {
    return undefined;
  }
}

export async function measureLitellm() {
  const version = install();
  if (!version) {
    report("LiteLLM's proxy", "not measured: it could not be installed (Python with venv and pip, and a package registry)");
    return;
  }
  const provider = await startProvider();
  const folder = mkdtempSync(join(tmpdir(), "holisticos-litellm-"));
  const key = `sk-${crypto.randomUUID()}`;
  const params = { model: "openai/sim-small", api_key: "bench", api_base: `${provider.found}/v1` };
  // YAML is a superset of JSON.
  writeFileSync(join(folder, "config.yaml"), JSON.stringify({ model_list: [{ model_name: "sim-small", litellm_params: params }] }));
  const port = await freePort();
  const args = ["--config", join(folder, "config.yaml"), "--host", "127.0.0.1", "--port", String(port)];
  try {
    const env = { HOME: folder, LITELLM_MASTER_KEY: key };
    const proxy = await launch(join(home, "bin/litellm"), args, env, /(Application startup complete|Uvicorn running)/);
    const body = prompt(600);
    report(`LiteLLM ${version}, RSS before`, mib(rss(proxy.pid)));
    for (const rate of RATES) {
      const alone = await load(`${provider.found}/v1/chat/completions`, { rate, key: "bench", body });
      report(`provider alone (20 ms), ${named(rate)}`, spread(alone));
      const run = await load(`http://127.0.0.1:${port}/v1/chat/completions`, { rate, key, body });
      report(`LiteLLM ${version}, one worker, ${named(rate)}`, added(run, alone));
      if (run.void.length) break;
    }
    report(`LiteLLM ${version}, RSS after`, mib(rss(proxy.pid)));
    await proxy.stop();
  } finally {
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
