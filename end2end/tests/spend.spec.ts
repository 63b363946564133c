// Prices and reconciliation: the provider's bill beside the ledger, a period at other prices, and its correction.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPerson, createAdmin, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Provider } from "../fixtures/provider";
import { admin, Service } from "../fixtures/service";

for (const javaScriptEnabled of [true, false]) {
  const words = `JavaScript ${javaScriptEnabled ? "on" : "off"}`;

  test(`what the provider counted stands beside the ledger, ${words}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const provider = await Provider.start(["--cached-share", "0.25", "--prices", "10,10,30"]);
    const service = await Service.start(
      provider.settings(10, 30, { HOLISTICOS__LIMITS__ENABLED: "false", HOLISTICOS__MODEL__ADMIN_KEY: "sk-admin-e2e", HOLISTICOS__AGENTS__KEPT_WORDS_MB: "0" }),
    );
    const context = await browser.newContext({ javaScriptEnabled });
    try {
      createAdmin(service);
      const key = service.key();
      await addPerson(service, key, "ana");
      for (let n = 0; n < 3; n++) await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true });
      const page = await context.newPage();
      await signIn(page, service, "/cost/reconciliation");
      await expect(page.getByRole("region", { name: "Providers", exact: true }).first()).toContainText(/tells|not asked yet/);
      await page.getByRole("button", { name: "Ask the providers now" }).click();
      await expect(page.getByRole("status").filter({ hasText: "1 of 1 providers told 7 days" })).toBeVisible();
      const days = page.getByRole("region", { name: "Reconciled days", exact: true });
      await expect(days).toContainText("sim-small");
      await expect(days).toContainText("too early");
      const lines = await (await page.request.get(`${service.url}/cost/reconciliation?table=days&format=json`)).json();
      const model = lines.find((line: { model: string }) => line.model === "sim-small");
      expect(model.their_requests).toBeGreaterThan(0);
      for (const figure of ["requests", "input_tokens", "cached_input_tokens", "output_tokens"]) {
        expect(model[`our_${figure}`], figure).toBe(model[`their_${figure}`]);
      }
      expect(model.our_cached_input_tokens).toBeGreaterThan(0);
      expect(Math.abs(model.difference_usd)).toBeLessThan(0.0001);
      if (javaScriptEnabled) await expectAccessible(page);

      // An invoice of a day that is over, and a provider that billed what nobody here knows of.
      const invoice = join(mkdtempSync(join(tmpdir(), "invoice-")), "invoice.csv");
      const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
      writeFileSync(invoice, `day,model,cost_usd\n${day},elsewhere,12.50\n`);
      service.command(["cost", "reconcile", "--file", invoice, "--provider", "another"]);
      await page.reload();
      await expect(page.getByRole("heading", { level: 1, name: "A provider billed more than the ledger knows on 1 day" })).toBeVisible();
      await expect(days.getByRole("row").filter({ hasText: "elsewhere" })).toContainText("they bill more");
    } finally {
      await context.close();
      await service.close();
      provider.stop();
    }
  });

  test(`a period is compared and the open day is left alone, ${words}`, async ({ browser }) => {
    test.setTimeout(120_000);
    const provider = await Provider.start();
    const service = await Service.start(provider.settings(10, 30, { HOLISTICOS__MODEL__PRICE_VERSION: "2026-a", HOLISTICOS__LIMITS__ENABLED: "false" }));
    const context = await browser.newContext({ javaScriptEnabled });
    try {
      createAdmin(service);
      const key = service.key();
      await addPerson(service, key, "ana");
      await service.api(key, "POST", "/api/user/ana/behavior/analyze", { force_refresh: true });
      const page = await context.newPage();
      await signIn(page, service, "/cost");
      await page.getByRole("link", { name: "Prices", exact: true }).click();
      await expect(page.getByRole("region", { name: "Price lists", exact: true })).toContainText("2026-a");
      await expect(async () => {
        await page.reload();
        await expect(page.getByRole("region", { name: "Usage by class", exact: true })).toContainText("sim-small", { timeout: 500 });
      }).toPass();
      await page.getByRole("combobox", { name: "At version" }).selectOption("2026-a");
      await page.getByRole("button", { name: "Compare" }).click();
      await expect(page.getByRole("region", { name: "Comparison", exact: true })).toContainText("not over");
      await expect(page.getByText("$0.00 more")).toBeVisible();
      await expect(page.getByRole("button", { name: "Correct the ledger" })).toHaveCount(0);
      if (javaScriptEnabled) await expectAccessible(page);
      // By the command line: the open day has nothing to correct, and says so.
      const today = new Date().toISOString().slice(0, 10);
      const period = ["prices", "recompute", "--from", today, "--to", today, "--version", "2026-a"];
      expect(service.command(period)).toContain("--apply would correct 0 calls");
      expect(service.command([...period, "--apply"])).toContain("0 of 0 calls corrected");
      await page.reload();
      await expect(page.getByRole("region", { name: "Corrected periods", exact: true })).toContainText("recomputed from the command line");
    } finally {
      await context.close();
      await service.close();
      provider.stop();
    }
  });
}

test("the start is refused when a version changes its prices", async () => {
  const provider = await Provider.start();
  const service = await Service.start(provider.settings(10, 30));
  try {
    expect(() => service.command(["key", "create", "--tenant", "t", "--tier", "free", "--scopes", "agents"], "", provider.settings(11, 30))).toThrow(
      /Give the new prices a name of their own/,
    );
  } finally {
    await service.close();
    provider.stop();
  }
});
