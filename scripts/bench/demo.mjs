// The demo with its 30 days of history: its start, the overview, the weight of a page and of the binary.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { load } from "./load.mjs";
import { mib, ms, report, spread } from "./report.mjs";
import { binary, call, pause, root, rss, start } from "./start.mjs";

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

export function signIn(url, email, password) {
  const form = new URLSearchParams({ email, password }).toString();
  return new Promise((done, failed) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const request = http.request(`${url}/sign-in`, { method: "POST", agent: false, headers }, (answer) => {
      answer.resume();
      done(answer.headers["set-cookie"][0].split(";")[0]);
    });
    request.on("error", failed);
    request.end(form);
  });
}

export async function measureDemo() {
  const demo = await start(["--demo"]);
  report("first start of the demo to the first answer, its history follows", ms(demo.cold));
  await pause(15_000);
  const key = demo.key("ops:read");
  report("overview with 30 days of history, as JSON, one at a time", spread(await load(`${demo.url}/api/ops/overview`, { key, seconds: 5 })));
  const [email, password] = ["bench@example.org", "a long enough sentence"];
  execFileSync(binary, ["user", "create", email, "--role", "admin", "--password-stdin", "--data", demo.data], { input: `${password}\n` });
  const cookie = await signIn(demo.url, email, password);
  const page = await load(`${demo.url}/`, { headers: [`cookie: ${cookie}`, "accept-encoding: br"], seconds: 5 });
  report("overview page with 30 days of history, one at a time", spread(page));
  const { size } = await call("GET", `${demo.url}/`, { cookie, encoding: "br" });
  report("overview page over the wire", `${kib(size)} of HTML with its charts (br)`);
  const files = ["holistic.css", "holistic.js", "holistic.wasm"].map((name) => `${name} ${kib(statSync(join(root, `target/site/pkg/${name}.br`)).size)}`);
  report("style, script and WASM over the wire", files.join(", "));
  report("RSS with the demo running", mib(rss(demo.pid)));
  report("binary", mib(statSync(binary).size / 1024 / 1024));
  await demo.stop();
}
