// Money through the real binary: a model answers, and no cap is passed, whatever is killed in the middle.
import { addPerson, createAdmin, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Provider } from "../fixtures/provider";
import { admin, Service } from "../fixtures/service";

const agents = ["behavior/analyze", "routine/generate", "nutrition/generate", "insights/generate"];

test("a model writes, the answer says so, and the money is booked", async ({ page }) => {
  const provider = await Provider.start();
  const service = await Service.start(provider.settings(3, 15));
  try {
    const key = service.key();
    await addPerson(service, key, "ana");
    let cost = 0;
    for (const agent of agents) {
      const { status, body } = await service.api(key, "POST", `/api/user/ana/${agent}`, {});
      expect([status, body.meta.engine, body.meta.degraded], agent).toEqual([200, "model", false]);
      expect(body.meta.cost_usd).toBeGreaterThan(0);
      cost += body.meta.cost_usd;
    }
    const now = (await service.api(key, "GET", "/api/ops/cost")).body;
    expect(now.spent_usd).toBeCloseTo(cost, 6);
    expect(now.reserved_usd).toBe(0);
    const stats = await provider.stats();
    expect(stats.requests).toBe(agents.length);
    expect((stats.prompt_tokens * 3 + stats.completion_tokens * 15) / 1e6).toBeCloseTo(cost, 4);

    expect((await service.api(key, "POST", "/api/ops/cost/shutoff", { mode: "degrade", reason: "test of the cut" })).status).toBe(200);
    const cut = (await service.api(key, "POST", "/api/user/ana/routine/generate", { preferences: { max_minutes: 20 } })).body;
    expect([cut.meta.engine, cut.meta.degraded_reason]).toEqual(["planner", "cost shutoff in force"]);
    expect((await provider.stats()).requests).toBe(agents.length);
  } finally {
    await service.close();
    provider.stop();
  }
});

test("kill -9 in the middle of paid calls never passes the ceiling", async () => {
  test.setTimeout(180_000);
  const [input, output, ceiling] = [10, 30, 1.5];
  const provider = await Provider.start(["--latency-ms", "150", "--jitter-ms", "100"]);
  const caps = { HOLISTICOS__COST__ALERT_USD: "1", HOLISTICOS__COST__BUDGET_USD: String(ceiling), HOLISTICOS__COST__CEILING_USD: String(ceiling) };
  let service = await Service.start(provider.settings(input, output, { ...caps, HOLISTICOS__CAPS__ADMIN_PERSON_DAY_USD: "0" }));
  try {
    const key = service.key();
    const people = Array.from({ length: 30 }, (_, n) => `p-${n}`);
    await Promise.all(people.map((user) => addPerson(service, key, user)));
    const askAll = () => people.flatMap((user) => agents.map((agent) => service.api(key, "POST", `/api/user/${user}/${agent}`, { force_refresh: true }).catch(() => undefined)));

    const interrupted = askAll();
    await expect.poll(async () => (await provider.stats()).requests, { timeout: 30_000 }).toBeGreaterThan(5);
    await service.kill("SIGKILL");
    await Promise.all(interrupted);

    service = await service.again();
    const held = (await service.api(key, "GET", "/api/ops/cost")).body;
    expect(held.spent_usd + held.reserved_usd).toBeLessThanOrEqual(ceiling);
    expect(held.reserved_usd, "calls that nobody settled stay counted in full").toBeGreaterThan(0);
    const answers = await Promise.all(askAll());
    expect(answers.every((answer) => answer?.status === 200), "everybody is answered").toBe(true);
    expect(answers.some((answer) => answer!.body.meta.engine === "planner" && answer!.body.meta.degraded)).toBe(true);

    const now = (await service.api(key, "GET", "/api/ops/cost")).body;
    const stats = await provider.stats();
    const really = (stats.prompt_tokens * input + stats.completion_tokens * output) / 1e6;
    expect(now.spent_usd + now.reserved_usd).toBeLessThanOrEqual(ceiling);
    expect(really).toBeLessThanOrEqual(now.spent_usd + now.reserved_usd + 1e-6);
    expect(service.command(["audit", "verify"])).toContain("whole");
  } finally {
    await service.close();
    provider.stop();
  }
});

for (const javaScriptEnabled of [true, false]) {
  test(`the ceiling latches, and only a fresh sign-in re-arms, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async ({ browser }) => {
    const provider = await Provider.start();
    const ceiling = { HOLISTICOS__COST__ALERT_USD: "0.7", HOLISTICOS__COST__BUDGET_USD: "0.7", HOLISTICOS__COST__CEILING_USD: "0.7", HOLISTICOS__LIMITS__ENABLED: "false" };
    const service = await Service.start(provider.settings(10, 30, ceiling));
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    try {
      const key = service.key();
      await addPerson(service, key, "ana");
      createAdmin(service);
      const ask = async () => (await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true })).body.meta;
      let meta = await ask();
      expect(meta.engine).toBe("model");
      for (let n = 0; n < 200 && meta.engine === "model"; n++) meta = await ask();
      expect([meta.engine, meta.degraded_reason]).toEqual(["memory", "cost shutoff in force"]);
      expect((await service.api(key, "GET", "/api/ops/cost")).body.shutoff.latched).toBe(true);
      const lifted = await service.api(key, "DELETE", "/api/ops/cost/shutoff", { reason: "by a program" });
      expect([lifted.status, lifted.body.type]).toEqual([403, "urn:holisticos:forbidden"]);

      await signIn(page, service, "/cost/shutoff");
      await expect(page.getByText("the daily ceiling of $0.70 is reached").first()).toBeVisible();
      const reArm = async (password: string) => {
        const form = page.locator("form", { has: page.getByRole("button", { name: "Re-arm" }) });
        await form.getByLabel("Reason").fill("the price list was wrong");
        await form.getByLabel("Your password, again").fill(password);
        await form.getByRole("button", { name: "Re-arm" }).click();
      };
      if (javaScriptEnabled) await expectAccessible(page);
      await page.screenshot({ path: `screenshots/latched-${javaScriptEnabled}.png`, fullPage: true });
      await reArm("not the password");
      await expect(page.getByRole("alert").filter({ hasText: "password" })).toBeVisible();
      await reArm(admin.password);
      await expect(page.getByText("Re-armed: models may be called again")).toBeVisible();
      expect((await service.api(key, "GET", "/api/ops/cost")).body.shutoff).toBeNull();
      expect(service.command(["audit", "verify"])).toContain("whole");
    } finally {
      await context.close();
      await service.close();
      provider.stop();
    }
  });
}
