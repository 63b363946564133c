// The model path: what our side adds to a provider that takes 20 ms, with admission, ledger, validator and store.
import { PEOPLE, people } from "./agents.mjs";
import { load } from "./load.mjs";
import { added, mib, report, spread } from "./report.mjs";
import { rss, start, startProvider } from "./start.mjs";

/** Settings of a service that asks the provider and may spend on it. */
export const withModel = (provider) => ({
  HOLISTICOS__MODEL__NAME: "sim-small",
  HOLISTICOS__MODEL__BASE_URL: provider,
  HOLISTICOS__MODEL__API_KEY: "bench",
  HOLISTICOS__MODEL__INPUT_USD_PER_MTOK: "0.1",
  HOLISTICOS__MODEL__OUTPUT_USD_PER_MTOK: "0.4",
  HOLISTICOS__COST__ALERT_USD: "1000",
  HOLISTICOS__COST__BUDGET_USD: "2000",
  HOLISTICOS__COST__CEILING_USD: "3000",
  HOLISTICOS__CAPS__ADMIN_PERSON_DAY_USD: "0",
  HOLISTICOS__CAPS__ADMIN_PERSON_MONTH_USD: "0",
});

/** A chat completion of so many characters of prompt. */
export const prompt = (length) => ({ model: "sim-small", messages: [{ role: "user", content: "x".repeat(length) }] });

export async function measureModel() {
  const provider = await startProvider();
  const model = await start([], withModel(provider.found));
  const key = model.key("agents,data,ops:read");
  await people(model, key);
  const alone = await load(`${provider.found}/v1/chat/completions`, { key: "bench", body: prompt(6000) });
  report("the provider simulator alone (20 ms), one at a time", spread(alone));
  const url = `${model.url}/api/user/p{n}/behavior/analyze`;
  const writing = (rate) => load(url, { rate, key, body: { force_refresh: true }, users: PEOPLE, expect: ["/meta/engine=model"] });
  const one = await writing();
  report("behavior written by it, one at a time", spread(one));
  report("beside the provider alone", added(one, alone));
  for (const rate of [50, 100, 200]) report(`behavior written by it, ${rate}/s for 10 s`, spread(await writing(rate)));
  report("RSS after that", mib(rss(model.pid)));
  await model.stop();
  await provider.stop();
}
