// One run of `holisticos load`, and its report as an object.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "./start.mjs";

/** The exit code of a run that is void; its report says why. */
const VOID = 3;

/**
 * `rate` a second, or one at a time without it. `{n}` in URLs and body is a number below `users`. `expect` holds
 * `/pointer=value` of right answers.
 */
export async function load(urls, { rate, seconds = 10, key, headers = [], body, users = 1, method, expect = [] }) {
  const folder = mkdtempSync(join(tmpdir(), "holisticos-load-"));
  const args = ["load", "--json", "--seconds", String(seconds), "--users", String(users)];
  args.push(...(rate ? ["--rate", String(rate)] : ["--concurrency", "1"]));
  for (const url of [urls].flat()) args.push("--url", url);
  for (const header of [...(key ? [`authorization: Bearer ${key}`] : []), ...headers]) args.push("--header", header);
  for (const place of expect) args.push("--expect-json-pointer", place);
  if (method) args.push("--method", method);
  if (body !== undefined) {
    writeFileSync(join(folder, "body.json"), JSON.stringify(body));
    args.push("--body-file", join(folder, "body.json"));
  }
  try {
    const child = spawn(binary, args, { env: { PATH: process.env.PATH }, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (part) => (said += part));
    const code = await new Promise((done, failed) => child.once("close", done).once("error", failed));
    if (code !== 0 && code !== VOID) throw new Error(`holisticos load ended with ${code}`);
    return JSON.parse(said);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
