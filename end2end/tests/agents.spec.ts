// The page of one agent: reached from Overview, whole without JavaScript, its figures open the requests behind them.
import { addPerson, expect, expectAccessible, signIn, test } from "../fixtures/console";

test.beforeAll(async ({ service }) => {
  const key = service.key();
  await addPerson(service, key, "looked-at");
  expect((await service.api(key, "POST", "/api/user/looked-at/routine/generate", {})).status).toBe(200);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an agent is looked at over a window, down to its requests", async ({ page, service }) => {
      await signIn(page, service);
      await page.getByRole("region", { name: "Agents", exact: true }).getByRole("link", { name: "Routine" }).click();
      await expect(page).toHaveURL(/\/agents\/routine\?window=1h$/);
      await expect(page.getByRole("heading", { level: 1 })).toContainText("Routine: ");
      const window = page.getByRole("navigation", { name: "Window" });
      await expect(window.getByRole("link", { name: "1h" })).toHaveAttribute("aria-current", "true");
      await window.getByRole("link", { name: "24h" }).click();
      await expect(page).toHaveURL(/window=24h$/);

      const quality = page.getByRole("region", { name: "Quality", exact: true }).getByRole("table");
      await expect(quality.getByRole("row", { name: /Plans that broke a rule/ })).toContainText(/0 of \d+ plans made and judged/);
      await expect(quality.getByRole("row", { name: /Done as planned/ })).toContainText("nothing measured yet");
      const drift = page.getByRole("region", { name: "Drift of its outputs", exact: true });
      await expect(drift.getByRole("row", { name: /Planned minutes/ })).toContainText("not enough answers");
      await expect(page.getByRole("region", { name: "By release" }).getByRole("table")).toContainText("served");

      await page.getByText("The words of the prompt", { exact: true }).click();
      await expect(page.getByText("You are the coach of HolisticOS.", { exact: false })).toBeVisible();

      const traffic = page.getByRole("region", { name: "Traffic" });
      await traffic.getByRole("definition").first().getByRole("link").click();
      await expect(page).toHaveURL(/\/requests\?agent=routine&from=/);
      await expect(page.getByText(/Began between .+ UTC and .+ UTC\./)).toBeVisible();
      await expect(page.getByRole("region", { name: "Requests", exact: true }).getByRole("link").first()).toBeVisible();
      await page.getByRole("link", { name: "Show requests of any time" }).click();
      await expect(page).toHaveURL(/\/requests$/);
    });
  });
}

test("the list of agents leads to each of them, and each page is accessible", async ({ signedIn: page, service }) => {
  for (const name of ["Orchestrator", "Behavior", "Circadian", "Memory", "Routine", "Nutrition", "Insights"]) {
    await page.goto(`${service.url}/agents?window=7d`);
    await page.getByRole("region", { name: "Agents", exact: true }).getByRole("table").getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(`${name}: `);
    await expectAccessible(page);
  }
});

test("what is no agent and no window says so", async ({ signedIn: page, service }) => {
  expect((await page.goto(`${service.url}/agents/nobody`))!.status()).toBe(404);
  expect((await page.goto(`${service.url}/agents/routine?window=2h`))!.status()).toBe(422);
});
