// The gateway, POST /v1/chat/completions: what it adds to a provider that takes 20 ms. Governed: every limit and cap counts,
// high enough that none refuses. Plain: limits and caps off. Beside them nginx, which only passes the bytes on.
import { startFloor } from "./floor.mjs";
import { load } from "./load.mjs";
import { prompt, withModel } from "./model.mjs";
import { added, each, mib, report, spread } from "./report.mjs";
import { call, processor, rss, start, startProvider } from "./start.mjs";

const RATES = [undefined, 200, 500, 1000, 2000, 3000, 4000, 5000];
const named = (rate) => (rate ? `${rate}/s` : "one at a time");
const PLENTY = "1000000";

const tiers = ["free", "premium", "admin"];
const caps = (usd) => {
  const names = ["model_day", "key_day", "agent_day", "global_month"];
  for (const tier of tiers) names.push(`${tier}_person_day`, `${tier}_person_month`, `${tier}_tier_day`);
  return Object.fromEntries(names.map((name) => [`HOLISTICOS__CAPS__${name.toUpperCase()}_USD`, usd]));
};

function lanes() {
  const governed = {
    ...caps(PLENTY),
    HOLISTICOS__LIMITS__ENABLED: "true",
    HOLISTICOS__LIMITS__KEY_PER_MINUTE: PLENTY,
    HOLISTICOS__LIMITS__PERSON_PARALLEL: "10000",
    HOLISTICOS__LIMITS__KEY_PARALLEL: "10000",
    HOLISTICOS__AGENTS__PER_USER_PER_MINUTE: PLENTY,
  };
  return { governed, plain: { ...caps("0"), HOLISTICOS__LIMITS__ENABLED: "false" } };
}

/** The service of one lane with a key for models, or `undefined` with a row that says why there is none. */
async function open(lane, settings) {
  const service = await start([], settings);
  let key;
  try {
    key = service.key("models");
  } catch {
    report(`gateway, ${lane}`, "not measured: this binary has no scope `models`");
    await service.stop();
    return undefined;
  }
  const { status } = await call("POST", `${service.url}/v1/chat/completions`, { key, body: prompt(600) });
  if (status === 200) return { service, key };
  report(`gateway, ${lane}`, `not measured: POST /v1/chat/completions answers ${status}`);
  await service.stop();
  return undefined;
}

/** The hop by itself. */
async function measureFloor(provider, body, alone) {
  const floor = await startFloor(provider);
  if (!floor) return report("nginx, a bare reverse proxy", "not measured: there is no nginx here");
  for (const rate of RATES) {
    const before = processor(floor.pid);
    const run = await load(`${floor.url}/v1/chat/completions`, { rate, key: "bench", body });
    report(`nginx, a bare reverse proxy, ${named(rate)}`, `${added(run, alone.get(rate))}, ${each(processor(floor.pid) - before, run)}`);
    if (run.void.length) break;
  }
  await floor.stop();
}

export async function measureGateway() {
  const provider = await startProvider();
  const body = prompt(600);
  const alone = new Map();
  for (const rate of RATES) {
    alone.set(rate, await load(`${provider.found}/v1/chat/completions`, { rate, key: "bench", body }));
    report(`provider alone (20 ms), ${named(rate)}`, spread(alone.get(rate)));
  }
  await measureFloor(provider.found, body, alone);
  for (const [lane, settings] of Object.entries(lanes())) {
    const opened = await open(lane, { ...withModel(provider.found), ...settings });
    if (!opened) continue;
    const { service, key } = opened;
    report(`gateway, ${lane}, RSS before`, mib(rss(service.pid)));
    for (const rate of RATES) {
      const before = processor(service.pid);
      const run = await load(`${service.url}/v1/chat/completions`, { rate, key, body });
      report(`gateway, ${lane}, ${named(rate)}`, `${added(run, alone.get(rate))}, ${each(processor(service.pid) - before, run)}`);
      if (run.void.length) break;
    }
    report(`gateway, ${lane}, RSS after`, mib(rss(service.pid)));
    await service.stop();
  }
  await provider.stop();
}
