// The page of a person who is served: closed without consent, open with it, told to the person; accessible, and whole without JavaScript.
import type { Page } from "@playwright/test";
import { addPerson, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { admin } from "../fixtures/service";

const sections = ["Data quality", "Decisions", "Plans", "Memory", "Insights", "Workflows"];

async function open(page: Page, section: string): Promise<void> {
  await page.getByRole("navigation", { name: "Sections of the person" }).getByRole("link", { name: section }).click();
}

test("consent opens a person's page, and the person reads who looked", async ({ signedIn: page, service }) => {
  const key = service.key();
  await addPerson(service, key, "helped");
  for (const path of ["behavior/analyze", "routine/generate", "nutrition/generate", "insights/generate"]) {
    expect((await service.api(key, "POST", `/api/user/helped/${path}`, {})).status).toBe(200);
  }
  const consent = "/api/user/helped/consents/support-access";
  await page.goto(`${service.url}/requests`);
  await page.getByLabel("Tenant").fill("t");
  await page.getByLabel("Person's id").fill("helped");
  await page.getByRole("button", { name: "Find the person" }).click();
  await expect(page).toHaveURL(/\/persons\/t\/helped$/);
  await expect(page).toHaveTitle("Person · HolisticOS");
  await expect(page.getByRole("region", { name: "Requests", exact: true })).toBeVisible();
  await expectAccessible(page);
  for (const section of sections) {
    await open(page, section);
    await expect(page.getByText("Nothing is shown")).toBeVisible();
  }
  await expectAccessible(page);
  expect((await service.api(key, "GET", "/api/user/helped/accesses")).body.items).toEqual([]);

  expect((await service.api(key, "PUT", consent, { purpose: "Why so little sleep?" })).status).toBe(200);
  for (const section of sections) {
    await open(page, section);
    await expect(page.getByText("Nothing is shown")).toHaveCount(0);
    await expect(page.getByText("Why so little sleep?")).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.screenshot({ path: `screenshots/person-${section.toLowerCase().replaceAll(" ", "-")}.png`, fullPage: true });
    await page.setViewportSize({ width: 1280, height: 720 });
  }
  await open(page, "Consent & accesses");
  await expect(page.getByRole("region", { name: "Accesses" }).getByText(admin.email)).toHaveCount(sections.length);
  await expectAccessible(page);
  const told = (await service.api(key, "GET", "/api/user/helped/accesses")).body.items;
  expect(told.map((access: { section: string }) => access.section).sort()).toEqual(["decisions", "insights", "memory", "plans", "quality", "workflows"]);
  expect(JSON.stringify(told)).not.toContain(admin.email);

  expect((await service.api(key, "DELETE", consent)).status).toBe(200);
  await open(page, "Memory");
  await expect(page.getByText("Nothing is shown")).toBeVisible();
});

test("an emergency needs an incident, a reason and the password", async ({ signedIn: page, service }) => {
  const key = service.key();
  await addPerson(service, key, "endangered");
  await page.goto(`${service.url}/persons/t/endangered?section=plans`);
  await expect(page.getByText("Nothing is shown")).toBeVisible();
  await page.goto(`${service.url}/incidents`);
  await page.getByLabel("Title").fill("A plan may hold an allergen");
  await page.getByRole("button", { name: /Open/ }).click();
  await expect(page.getByRole("link", { name: /INC-\d+/ }).first()).toBeVisible();
  await page.goto(`${service.url}/persons/t/endangered?section=plans`);
  await expectAccessible(page);
  await page.getByLabel("Reason").fill("they may be harmed and do not answer");
  await page.getByLabel("Your password").fill(admin.password);
  await page.getByRole("button", { name: "Look without consent for one hour" }).click();
  await expect(page.getByText("There is no plan of today")).toBeVisible();
  await expect(page.getByRole("region", { name: "Consent" })).toContainText("they may be harmed and do not answer");
  const told = (await service.api(key, "GET", "/api/user/endangered/accesses")).body.items;
  expect(told.map((access: { ground: string }) => access.ground)).toEqual(["emergency", "emergency"]);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("sections are links and the finder is a form", async ({ page, service }) => {
    const key = service.key();
    await addPerson(service, key, "plain");
    expect((await service.api(key, "PUT", "/api/user/plain/consents/support-access", { purpose: "to see it plain" })).status).toBe(200);
    await signIn(page, service, "/requests");
    await page.getByLabel("Tenant").fill("t");
    await page.getByLabel("Person's id").fill("plain");
    await page.getByRole("button", { name: "Find the person" }).click();
    await open(page, "Data quality");
    await expect(page.getByRole("heading", { name: /Data quality/ })).toBeVisible();
    await expect(page.getByRole("region", { name: "Signals" })).toBeVisible();
  });
});
