// The table of figures, and the words for them.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

const rows = [];

export function report(figure, value) {
  rows.push([figure, value]);
  console.error(`${figure}: ${value}`);
}

export const ms = (value) => `${value.toFixed(2)} ms`;
export const mib = (value) => `${value.toFixed(1)} MiB`;
const millis = (micros) => ms(micros / 1000);

/** What a run of `holisticos load` found: its times, or why it is void. */
export function spread(run) {
  if (run.void.length) return `void: ${run.void.join("; ")}`;
  const { p50, p95, p99 } = run.latency_us;
  const core = run.generator.core_percent;
  return `p50 ${millis(p50)}, p95 ${millis(p95)}, p99 ${millis(p99)}${core === null ? "" : ` (generator ${core} % of a core)`}`;
}

/** What `run` takes longer than the median of the provider alone in the same run of the bench. */
export function added(run, alone) {
  if (run.void.length) return `void: ${run.void.join("; ")}`;
  if (alone.void.length) return `no figure: the provider alone is void: ${alone.void.join("; ")}`;
  const own = alone.latency_us.p50;
  const beside = run.latency_us;
  return `adds p50 ${millis(beside.p50 - own)}, p99 ${millis(beside.p99 - own)} (generator ${run.generator.core_percent} % of a core)`;
}

/** Processor time of the service over the requests of a run of ten seconds, and of the two before it that it does not count. */
export const each = (seconds, run) => `${((seconds * 1e6) / (run.requests * 1.2)).toFixed(0)} µs of processor a request`;

export function print() {
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  console.log(`\nCommit ${commit}, ${cpus().length} × ${cpus()[0].model}, ${memory} GiB, ${process.platform}, Node ${process.version}.`);
  console.log("Generator, provider and service share these cores.\n");
  console.log("| figure | measured |\n|---|---|");
  for (const [figure, value] of rows) console.log(`| ${figure} | ${value} |`);
}
