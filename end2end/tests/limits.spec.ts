// Limits that people change: what a quota would do, the change at the next request, and tokens that run out.
import type { Page } from "@playwright/test";
import { addPerson, createAdmin, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Provider } from "../fixtures/provider";
import { admin, Service } from "../fixtures/service";

const responder = { email: "responder@example.org", password: "a third long sentence" };

/** Fills the form that changes the limit; the password stays empty where none is given. */
async function change(page: Page, quota: string, reason: string, button = "Change the limit", password = ""): Promise<void> {
  await page.getByLabel("New quota").fill(quota);
  await page.getByLabel("Reason", { exact: true }).fill(reason);
  await page.getByLabel("Your password, again").fill(password);
  await page.getByRole("button", { name: button, exact: true }).click();
}

const good = (page: Page, text: string) => expect(page.getByRole("status").filter({ hasText: text })).toBeVisible();
const bad = (page: Page, text: string) => expect(page.getByRole("alert").filter({ hasText: text })).toBeVisible();

for (const javaScriptEnabled of [true, false]) {
  test(`a limit is lowered, refuses the next request, and is raised, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const provider = await Provider.start();
    const service = await Service.start(provider.settings(10, 30, { HOLISTICOS__AGENTS__KEPT_WORDS_MB: "0", HOLISTICOS__LIMITS__ADMIN__OTHER_PER_HOUR: "30" }));
    const contexts = await Promise.all([0, 1].map(() => browser.newContext({ javaScriptEnabled })));
    try {
      const key = service.key();
      await addPerson(service, key, "ana");
      createAdmin(service);
      service.command(["user", "create", responder.email, "--role", "responder", "--password-stdin"], `${responder.password}\n`);
      const ask = () => service.api(key, "POST", "/api/user/ana/circadian/analyze", { force_refresh: true });
      for (let n = 0; n < 3; n++) expect((await ask()).status).toBe(200);

      // Somebody on call sees who is nearest and what a quota would do, then lowers: no password, the next request.
      const onCall = await contexts[0].newPage();
      await signIn(onCall, service, "/cost/limits", responder);
      await onCall.getByRole("link", { name: "Change the limit of circadian requests an hour, each person of tier admin", exact: true }).click();
      await expect(onCall.getByRole("heading", { level: 1, name: "Limit of circadian requests an hour, each person of tier admin" })).toBeVisible();
      await onCall.getByLabel("Try, how many").fill("2");
      await onCall.getByRole("button", { name: "Show what it would do" }).click();
      await expect(onCall.getByText("At 2: 1 of 1 used as much already, its next request is refused.")).toBeVisible();
      if (javaScriptEnabled) await expectAccessible(onCall);
      await change(onCall, "2", "one app asks in a loop");
      await good(onCall, "in force for the next request");
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(refused.body.limit).toMatchObject({ rule: "requests:hour:tier=admin,agent=circadian,person=*", quota: 2, window_s: 3_600, source: "set" });
      await onCall.goto(service.url + refused.body.limit.change_at);
      await change(onCall, "600", "it is fixed", "Change the limit", responder.password);
      await bad(onCall, "needs the role operator");

      // An operator raises it, with the password; what was used is still counted.
      const page = await contexts[1].newPage();
      await signIn(page, service, refused.body.limit.change_at);
      await change(page, "600", "it is fixed");
      await bad(page, "password is needed to raise");
      await change(page, "600", "it is fixed", "Change the limit", admin.password);
      await good(page, "in force for the next request");
      expect((await ask()).status).toBe(200);
      await page.goto(`${service.url}/cost/limits`);
      await expect(page.getByRole("heading", { level: 1, name: "1 request or model call was refused in the last hour" })).toBeVisible();
      await expect(page.getByRole("row", { name: /circadian requests an hour, each person of tier admin/ })).toContainText(`set by ${admin.email}`);
      await page.screenshot({ path: `screenshots/limits-${javaScriptEnabled}.png`, fullPage: true });

      // A rule of one's own: tokens of this key. The agent answers, without a model's words, and says why.
      await page.getByLabel("What is counted").selectOption("tokens");
      await page.getByLabel("In a", { exact: true }).selectOption("hour");
      await page.getByLabel("Key", { exact: true }).fill("*");
      await page.getByRole("button", { name: "Show this limit" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Limit of tokens an hour, each key" })).toBeVisible();
      await expect(page.getByText("not known: nobody is counted by this yet")).toBeVisible();
      if (javaScriptEnabled) await expectAccessible(page);
      await change(page, "10", "one app writes novels", "Add the limit");
      await good(page, "10 is in force");
      const behavior = await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true });
      expect([behavior.status, behavior.body.meta.degraded, behavior.body.meta.engine]).toEqual([200, true, "planner"]);
      expect(behavior.body.meta.degraded_reason).toContain("limit of 10 tokens an hour for one key");
      await page.getByLabel("Reason to go back").fill("the novel is written");
      await page.getByLabel("Your password to go back").fill(admin.password);
      await page.getByRole("button", { name: "Back to the default" }).click();
      await good(page, "No use was reset");
      const again = await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true });
      expect(again.body.meta.engine).toBe("model");
      const history = await (await page.request.get(`${page.url()}&format=json`)).json();
      expect(history.map((it: { by: string; quota: number | null }) => [it.by, it.quota])).toEqual([[admin.email, null], [admin.email, 10]]);
      expect(service.command(["audit", "verify"])).toContain("whole");
    } finally {
      for (const context of contexts) await context.close();
      await service.close();
      provider.stop();
    }
  });
}
