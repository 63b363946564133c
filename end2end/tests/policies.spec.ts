// Degrade policies: what steps would have done, the change at the next call, and what every page then says.
import type { Page } from "@playwright/test";
import { addPerson, createAdmin, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Provider } from "../fixtures/provider";
import { admin, Service } from "../fixtures/service";

const responder = { email: "responder@example.org", password: "a third long sentence" };
const policy = "/cost/policies/change?agent=behavior";

async function change(page: Page, steps: string, reason: string, password = ""): Promise<void> {
  await page.getByLabel("New steps").fill(steps);
  await page.getByLabel("Reason", { exact: true }).fill(reason);
  await page.getByLabel("Your password, again").fill(password);
  await page.getByRole("button", { name: "Change the policy", exact: true }).click();
}

const good = (page: Page, text: string) => expect(page.getByRole("status").filter({ hasText: text })).toBeVisible();
const bad = (page: Page, text: string) => expect(page.getByRole("alert").filter({ hasText: text })).toBeVisible();

for (const javaScriptEnabled of [true, false]) {
  test(`a policy is tried, made stricter and weaker, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const provider = await Provider.start();
    const service = await Service.start(
      provider.settings(10, 30, { HOLISTICOS__LIMITS__ENABLED: "false", HOLISTICOS__AGENTS__KEPT_WORDS_MB: "0", HOLISTICOS__CAPS__AGENT_DAY_USD: "1" }),
    );
    const contexts = await Promise.all([0, 1].map(() => browser.newContext({ javaScriptEnabled })));
    try {
      const key = service.key();
      await addPerson(service, key, "ana");
      createAdmin(service);
      service.command(["user", "create", responder.email, "--role", "responder", "--password-stdin"], `${responder.password}\n`);
      const ask = async () => (await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true })).body.meta;
      const first = await ask();
      expect([first.engine, first.model, first.degraded]).toEqual(["model", "sim-small", false]);

      // Somebody on call sees what steps would have done, then makes it stricter: no password, the next call.
      const onCall = await contexts[0].newPage();
      await signIn(onCall, service, "/cost/policies", responder);
      await expect(onCall.getByRole("heading", { level: 1, name: "No agent gives up anything" })).toBeVisible();
      await onCall.getByRole("link", { name: "Change the policy of Behavior" }).click();
      await onCall.getByLabel("Try these steps").fill("1% any sleep");
      await onCall.getByRole("button", { name: "Show what they would have done" }).click();
      await expect(onCall.locator("#effect")).toContainText("That is no policy: steps[0] must be like");
      await onCall.getByLabel("Try these steps").fill("1% any planner");
      await onCall.getByRole("button", { name: "Show what they would have done" }).click();
      await expect(onCall.locator("#effect")).toContainText("of 1 answers would have been hit");
      if (javaScriptEnabled) await expectAccessible(onCall);
      await change(onCall, "1% agent planner", "behavior asks in a loop");
      await good(onCall, "in force for the next call");
      await onCall.screenshot({ path: `screenshots/policy-${javaScriptEnabled}.png`, fullPage: true });
      // The share is known here after the calls are booked, a quarter of a second later.
      await expect.poll(async () => (await ask()).degraded_reason).toBe("cost policy: planner from 1 % of the agent's day");
      await change(onCall, "50% agent planner", "it is fixed", responder.password);
      await bad(onCall, "needs the role operator");

      // Every page says which agent is under which step, and why.
      await expect(async () => {
        for (const path of ["/", "/cost", "/cost/models"]) {
          await onCall.goto(service.url + path);
          await expect(onCall.locator("#degrade-steps")).toContainText("from 1 % of the agent's day: planner", { timeout: 1_000 });
        }
      }).toPass({ timeout: 20_000 });
      await onCall.goto(`${service.url}/cost/policies`);
      await expect(onCall.getByRole("heading", { level: 1 })).toContainText("Behavior");
      await expect(onCall.getByRole("region", { name: "Steps in force" })).toContainText("agent:behavior");
      if (javaScriptEnabled) await expectAccessible(onCall);
      await onCall.screenshot({ path: `screenshots/policies-${javaScriptEnabled}.png`, fullPage: true });

      // An operator takes it back, with the password.
      const page = await contexts[1].newPage();
      await signIn(page, service, policy);
      await change(page, "50% agent planner", "it is fixed");
      await bad(page, "password is needed");
      await change(page, "50% agent planner", "it is fixed", admin.password);
      await good(page, "in force for the next call");
      expect((await ask()).engine).toBe("model");
      await page.getByLabel("Reason to go back").fill("the day is over");
      await page.getByLabel("Your password to go back").fill(admin.password);
      await page.getByRole("button", { name: "Back to the configuration" }).click();
      await good(page, "Back to what the configuration says");
      const changes = await (await page.request.get(`${service.url}${policy}&format=json`)).json();
      expect(changes.map((it: { by: string }) => it.by)).toEqual([admin.email, admin.email, responder.email]);
      expect(service.command(["audit", "verify"])).toContain("whole");
    } finally {
      for (const context of contexts) await context.close();
      await service.close();
      provider.stop();
    }
  });
}
