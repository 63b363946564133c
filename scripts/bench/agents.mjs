// Agent requests that the planner answers: afresh and from memory.
import { load } from "./load.mjs";
import { mib, report, spread } from "./report.mjs";
import { call, pause, rss, start } from "./start.mjs";

/** How many people `people` makes: p0, p1, … */
export const PEOPLE = 200;

/** People with a profile and two weeks of steps and sleep. */
export async function people(service, key) {
  for (let n = 0; n < PEOPLE; n++) {
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

export async function measureAgents() {
  const service = await start();
  const key = service.key("agents,data,ops:read");
  await pause(3000);
  report("RSS idle", mib(rss(service.pid)));
  await people(service, key);
  const agents = ["behavior/analyze", "circadian/analyze", "routine/generate", "nutrition/generate", "insights/generate"];
  const urls = agents.map((agent) => `${service.url}/api/user/p{n}/${agent}`);
  const ask = (rate, body) => load(urls, { rate, seconds: 20, key, body, users: PEOPLE });
  for (const rate of [100, 500]) report(`agent request, computed afresh and stored, ${rate}/s for 20 s`, spread(await ask(rate, { force_refresh: true })));
  for (const rate of [100, 500]) report(`agent request, from memory, ${rate}/s for 20 s`, spread(await ask(rate, {})));
  report("RSS after that load", mib(rss(service.pid)));
  await service.stop();
}
