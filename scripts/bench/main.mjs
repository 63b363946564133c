// Measures the figures of docs/benchmarks.md on the release binary and prints them as Markdown.
//
//   node scripts/bench/main.mjs [start] [agents] [model] [demo] [spend] [gateway] [litellm]      without a name: all of them
//
// HOLISTICOS_BINARY measures another binary. Load is made by `holisticos load`: an open model on threads of its own.
import { measureAgents } from "./agents.mjs";
import { measureDemo } from "./demo.mjs";
import { measureGateway } from "./gateway.mjs";
import { measureLitellm } from "./litellm.mjs";
import { measureModel } from "./model.mjs";
import { print } from "./report.mjs";
import { measureSpend } from "./spend.mjs";
import { endAll, measureStart } from "./start.mjs";

const sections = { start: measureStart, agents: measureAgents, model: measureModel, demo: measureDemo, spend: measureSpend, gateway: measureGateway, litellm: measureLitellm };
const asked = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const unknown = asked.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length) {
  console.error(`There is no section ${unknown.join(", ")}; there are ${Object.keys(sections).join(", ")}.`);
  process.exit(2);
}
try {
  for (const [name, measure] of Object.entries(sections)) if (!asked.length || asked.includes(name)) await measure();
} finally {
  await endAll();
  print();
}
