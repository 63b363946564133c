// The main job: sign in, see a request arrive, cut cost and restore, roll back. The first three also without JavaScript.
import { addPerson, expect, signIn, test } from "../fixtures/console";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("sign in and read the overview", async ({ page, service }) => {
      await signIn(page, service);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      for (const signal of ["Traffic", "Errors", "Latency p95", "Memory"]) {
        await expect(page.getByRole("heading", { name: signal, exact: true })).toBeVisible();
      }
      await expect(page.getByRole("meter", { name: /Spend today/ })).toBeVisible();
    });

    test("see a request arrive", async ({ page, service }) => {
      const key = service.key();
      const user = `arrives-${javaScriptEnabled}`;
      await addPerson(service, key, user);
      await signIn(page, service, "/requests");
      const answer = await service.api(key, "POST", `/api/user/${user}/routine/generate`, {});
      expect(answer.status).toBe(200);
      const link = page.getByRole("link", { name: answer.body.meta.request_id.slice(-12) });
      if (javaScriptEnabled) {
        // Nobody reloads: the event and the island do.
        await expect(link).toBeVisible();
      } else {
        await expect(async () => {
          await page.reload();
          await expect(link).toBeVisible({ timeout: 1_000 });
        }).toPass();
      }
      await link.click();
      await expect(page.getByRole("heading", { name: "Steps" })).toBeVisible();
      await expect(page.getByText(answer.body.meta.request_id).first()).toBeVisible();
    });

    test("cut cost, see the next answer degraded, restore", async ({ page, service }) => {
      const key = service.key();
      const user = `degraded-${javaScriptEnabled}`;
      await addPerson(service, key, user);
      await signIn(page, service);
      await page.getByRole("link", { name: "Cut cost…" }).click();
      await page.getByRole("radio", { name: /Degrade/ }).check();
      await page.getByLabel("Reason", { exact: true }).fill("spend doubles every ten minutes");
      await page.getByRole("button", { name: "Cut cost now" }).click();
      await expect(page.getByRole("status").filter({ hasText: "in force" })).toBeVisible();

      const degraded = await service.api(key, "POST", `/api/user/${user}/routine/generate`, {});
      expect(degraded.status).toBe(200);
      expect(degraded.body.meta.degraded).toBe(true);
      expect(degraded.body.meta.degraded_reason).toContain("shutoff");

      await page.getByLabel("Reason", { exact: true }).fill("spend is normal again");
      await page.getByRole("button", { name: "Restore spending" }).click();
      await expect(page.getByRole("status").filter({ hasText: "restored" })).toBeVisible();
      const normal = await service.api(key, "POST", `/api/user/${user}/nutrition/generate`, {});
      expect(normal.body.meta.degraded).toBe(false);
    });

    test("cut one agent, see only it stopped, restore", async ({ page, service }) => {
      const key = service.key();
      const user = `one-agent-${javaScriptEnabled}`;
      await addPerson(service, key, user);
      await signIn(page, service, "/cost/shutoff");
      await page.getByLabel("Of what").selectOption({ label: "Routine" });
      await page.getByRole("button", { name: "Show what it does" }).click();
      await expect(page).toHaveURL(/scope=agent/);
      await expect(page.getByRole("heading", { name: "What it does to whom: the agent Routine" })).toBeVisible();
      await expect(page.getByText("Saves per hour, about")).toBeVisible();
      await page.getByRole("radio", { name: /Stop/ }).check();
      await page.getByLabel("Reason", { exact: true }).fill("the routine agent loops");
      await page.getByRole("button", { name: "Cut cost now" }).click();
      await expect(page.getByRole("status").filter({ hasText: "stop of the agent Routine is in force" })).toBeVisible();
      await expect(page.getByRole("banner").getByText("Cost cut: stop Routine")).toBeVisible();

      const stopped = await service.api(key, "POST", `/api/user/${user}/routine/generate`, {});
      expect([stopped.status, stopped.body.shutoff.scope]).toEqual([503, "agent:routine"]);
      const other = await service.api(key, "POST", `/api/user/${user}/nutrition/generate`, {});
      expect([other.status, other.body.meta.degraded]).toEqual([200, false]);
      const run = (await service.api(key, "POST", "/api/analyze", { user_id: user })).body;
      expect(run.meta.degraded_reason).toBe("without routine: that agent is stopped");

      await page.goto(`${service.url}/cost/shutoff`);
      await expect(page.getByRole("button", { name: "Cut cost now" })).toBeVisible();
      await page.getByRole("link", { name: "Restore the agent Routine" }).click();
      await page.getByLabel("Reason", { exact: true }).fill("the loop is fixed");
      await page.getByRole("button", { name: "Restore spending" }).click();
      await expect(page.getByRole("status").filter({ hasText: "Spending of the agent Routine is restored" })).toBeVisible();
      expect((await service.api(key, "POST", `/api/user/${user}/routine/generate`, {})).status).toBe(200);
    });
  });
}

test("stop refuses agents with a problem document, and data still arrives", async ({ service }) => {
  const key = service.key();
  await addPerson(service, key, "stopped");
  expect((await service.api(key, "POST", "/api/ops/cost/shutoff", { mode: "stop", reason: "test of the stop" })).status).toBe(200);
  const refused = await service.api(key, "POST", "/api/user/stopped/routine/generate", {});
  expect(refused.status).toBe(503);
  expect(refused.body.type).toBe("urn:holisticos:stopped");
  await addPerson(service, key, "still-stored");
  expect((await service.api(key, "DELETE", "/api/ops/cost/shutoff", { reason: "test over" })).status).toBe(200);
  expect((await service.api(key, "POST", "/api/user/stopped/routine/generate", {})).status).toBe(200);
});

test("make a release, roll back, and see the release of the next answer", async ({ signedIn: page, service }) => {
  const key = service.key();
  await addPerson(service, key, "released");
  const before = (await service.api(key, "POST", "/api/user/released/routine/generate", {})).body.meta.release;

  await page.getByRole("link", { name: "Releases", exact: true }).click();
  await page.getByLabel("Note").fill("shorter routines");
  await page.getByLabel("Routine load").fill("0.8");
  await page.getByRole("button", { name: "Create and serve" }).click();
  await expect(page.getByRole("status").filter({ hasText: "served" })).toBeVisible();
  const after = (await service.api(key, "POST", "/api/user/released/nutrition/generate", {})).body.meta.release;
  expect(after).not.toBe(before);

  await page.getByRole("link", { name: "Roll back…" }).click();
  await page.getByLabel("Reason", { exact: true }).fill("people complain about short routines");
  await page.getByRole("button", { name: `Roll back to ${before}` }).click();
  await expect(page.getByRole("status").filter({ hasText: before })).toBeVisible();
  const rolledBack = (await service.api(key, "POST", "/api/user/released/insights/generate", {})).body.meta.release;
  expect(rolledBack).toBe(before);

  await page.getByLabel("Reason", { exact: true }).fill("it was a misunderstanding");
  await page.getByRole("button", { name: /Undo/ }).click();
  await expect(page.getByRole("status").filter({ hasText: after })).toBeVisible();
});
