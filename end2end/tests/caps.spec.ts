// Caps that people change: what an amount would do, the change at the next call, and more for a while by two people.
import type { Page } from "@playwright/test";
import { addPerson, createAdmin, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Provider } from "../fixtures/provider";
import { admin, Service } from "../fixtures/service";

const second = { email: "second@example.org", password: "another long sentence" };
const responder = { email: "responder@example.org", password: "a third long sentence" };
const cap = "/cost/caps/change?of=agent:behavior:day";

/** Fills the form that changes the cap; the password stays empty where none is given. */
async function change(page: Page, amount: string, reason: string, password = ""): Promise<void> {
  await page.getByLabel("New cap, dollars").fill(amount);
  await page.getByLabel("Reason", { exact: true }).fill(reason);
  await page.getByLabel("Your password, again").fill(password);
  await page.getByRole("button", { name: "Change the cap", exact: true }).click();
}

const good = (page: Page, text: string) => expect(page.getByRole("status").filter({ hasText: text })).toBeVisible();
const bad = (page: Page, text: string) => expect(page.getByRole("alert").filter({ hasText: text })).toBeVisible();

for (const javaScriptEnabled of [true, false]) {
  test(`a cap is lowered, raised and overridden, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const provider = await Provider.start();
    const service = await Service.start(provider.settings(10, 30, { HOLISTICOS__LIMITS__ENABLED: "false", HOLISTICOS__AGENTS__KEPT_WORDS_MB: "0" }));
    const contexts = await Promise.all([0, 1, 2].map(() => browser.newContext({ javaScriptEnabled })));
    try {
      const key = service.key();
      await addPerson(service, key, "ana");
      createAdmin(service);
      service.command(["user", "create", second.email, "--role", "operator", "--password-stdin"], `${second.password}\n`);
      service.command(["user", "create", responder.email, "--role", "responder", "--password-stdin"], `${responder.password}\n`);
      const ask = async () => (await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true })).body.meta;
      expect((await ask()).engine).toBe("model");

      // Somebody on call sees what an amount would do, then lowers: no password, the next call.
      const onCall = await contexts[0].newPage();
      await signIn(onCall, service, "/cost/caps", responder);
      await onCall.getByRole("link", { name: "Change the cap of agent behavior, day" }).click();
      await expect(onCall.getByRole("heading", { level: 1, name: "Cap of agent behavior, a day" })).toBeVisible();
      await onCall.getByLabel("Try, dollars").fill("0.0001");
      await onCall.getByRole("button", { name: "Show what it would do" }).click();
      await expect(onCall.getByText("At $0.0001: full at once.")).toContainText("1 person had a model's words today, 1 in the last hour");
      if (javaScriptEnabled) await expectAccessible(onCall);
      await change(onCall, "0.0001", "behavior asks in a loop");
      await good(onCall, "in force for the next call");
      const capped = await ask();
      expect(capped.degraded).toBe(true);
      expect(capped.degraded_reason).toContain("agent day");
      await onCall.goto(service.url + cap);
      await change(onCall, "5", "it is fixed", responder.password);
      await bad(onCall, "needs the role operator");

      // An operator raises it, with the password.
      const page = await contexts[1].newPage();
      await signIn(page, service, cap);
      await change(page, "5", "it is fixed");
      await bad(page, "password is needed to raise");
      await change(page, "5", "it is fixed", "not the password");
      await bad(page, "password is wrong");
      await change(page, "5", "it is fixed", admin.password);
      await good(page, "in force for the next call");
      expect((await ask()).engine).toBe("model");
      await change(page, "0.0001", "for the override");
      await good(page, "in force for the next call");

      // More for a while: asked for by one, approved by another.
      await page.getByLabel("Amount for a while, dollars").fill("7");
      await page.getByLabel("Ends after minutes").fill("30");
      await page.getByLabel("Reason for the override").fill("a demonstration");
      await page.getByRole("button", { name: "Ask for an override" }).click();
      await good(page, "until somebody else approves it");
      await expect(page.getByText("You asked for it, so you cannot approve it.")).toContainText(second.email);
      await expect(page.getByRole("button", { name: "Approve the override" })).toHaveCount(0);
      expect((await ask()).degraded).toBe(true);

      const other = await contexts[2].newPage();
      await signIn(other, service, "/cost/caps", second);
      await other.getByRole("link", { name: "agent behavior, a day, $7.00" }).click();
      await other.getByLabel("Your password to approve").fill(second.password);
      if (javaScriptEnabled) await expectAccessible(other);
      await other.getByRole("button", { name: "Approve the override" }).click();
      await good(other, "It ends by itself at");
      expect((await ask()).engine).toBe("model");
      await other.screenshot({ path: `screenshots/override-${javaScriptEnabled}.png`, fullPage: true });

      // Anybody on call takes it back.
      await onCall.goto(service.url + cap);
      await onCall.getByLabel("Reason to withdraw").fill("enough seen");
      await onCall.getByRole("button", { name: "Withdraw the override" }).click();
      await good(onCall, "Withdrawn");
      expect((await ask()).degraded).toBe(true);

      // Back to what the configuration says, which is no cap.
      await page.goto(service.url + cap);
      await page.getByLabel("Reason to go back").fill("the day is over");
      await page.getByLabel("Your password to go back").fill(admin.password);
      await page.getByRole("button", { name: "Back to the default" }).click();
      await good(page, "Back to the default");
      expect((await ask()).engine).toBe("model");
      const changes = await (await page.request.get(`${service.url}${cap}&format=json`)).json();
      expect(changes.map((it: { by: string; amount_usd: number | null }) => [it.by, it.amount_usd])).toEqual([
        [admin.email, null],
        [admin.email, 0.0001],
        [admin.email, 5],
        [responder.email, 0.0001],
      ]);
      expect(service.command(["audit", "verify"])).toContain("whole");
    } finally {
      for (const context of contexts) await context.close();
      await service.close();
      provider.stop();
    }
  });
}

test("a key lowers a cap and never raises one", async ({ service }) => {
  const key = service.key();
  const put = (amount_usd: number) => service.api(key, "PUT", "/api/ops/cost/caps", { rule: "model:some-model:day", amount_usd, reason: "by a program" });
  expect((await put(2)).status).toBe(200);
  const raised = await put(3);
  expect([raised.status, raised.body.type]).toEqual([403, "urn:holisticos:forbidden"]);
  const caps = (await service.api(key, "GET", "/api/ops/cost/caps")).body;
  const own = caps.rules.find((it: { rule: string }) => it.rule === "model:some-model:day");
  expect([own.amount_usd, own.source]).toEqual([2, "set"]);
});

test("with one operator only, the page says who is missing", async ({ browser }) => {
  const service = await Service.start();
  const page = await (await browser.newContext()).newPage();
  try {
    createAdmin(service);
    await signIn(page, service, "/cost/caps/change?of=budget:day");
    await expect(page.getByText("Nobody else can approve what you ask for")).toContainText("People & keys");
  } finally {
    await service.close();
  }
});
