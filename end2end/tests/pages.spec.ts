// Every page: accessible in both themes, usable at 360 px, whole without JavaScript. Pictures for a person to look at.
import type { Page } from "@playwright/test";
import { addPerson, expect, expectAccessible, signIn, test } from "../fixtures/console";
import { Service } from "../fixtures/service";

const pages = ["/", "/agents", "/agents/routine", "/agents/memory?window=7d", "/health", "/requests", "/cost", "/cost/ledger", "/cost/caps", "/cost/limits", "/cost/models", "/cost/policies", "/cost/policies/change?agent=routine", "/cost/prices", "/cost/reconciliation", "/cost/shutoff", "/cost/shutoff?scope=agent:routine", "/incidents", "/alerts", "/releases", "/releases/rollback", "/people", "/audit"];

/** Pages that need no sign-in, by the name of their picture. */
const open: Record<string, string> = { "api-reference": "/docs/api", "sign-in": "/sign-in" };

/** Pages of one thing, by the name of their picture: how to get there. */
const details: Record<string, (page: Page, service: Service) => Promise<void>> = {
  request: async (page, service) => {
    await page.goto(`${service.url}/requests`);
    await page.getByRole("region", { name: "Requests" }).getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "Steps" })).toBeVisible();
  },
  cap: async (page, service) => {
    await page.goto(`${service.url}/cost/caps`);
    await page.getByRole("link", { name: "Change the cap of each agent, a day" }).click();
    await page.getByLabel("Try, dollars").fill("3");
    await page.getByRole("button", { name: "Show what it would do" }).click();
    await expect(page.getByText("At $3.00:")).toBeVisible();
  },
  limit: async (page, service) => {
    await page.goto(`${service.url}/cost/limits`);
    await page.getByRole("link", { name: "Change the limit of agent requests a minute, each person", exact: true }).click();
    await page.getByLabel("Try, how many").fill("3");
    await page.getByRole("button", { name: "Show what it would do" }).click();
    await expect(page.getByText("At 3:")).toBeVisible();
  },
  incident: async (page, service) => {
    await page.goto(`${service.url}/incidents`);
    await page.getByLabel("Title").fill("Plans look odd since noon");
    await page.getByRole("button", { name: /Open/ }).click();
    await page.getByRole("link", { name: /INC-\d+/ }).first().click();
    await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  },
};

test.beforeAll(async ({ service }) => {
  const key = service.key();
  await addPerson(service, key, "seen");
  for (const path of ["behavior/analyze", "circadian/analyze", "routine/generate", "nutrition/generate", "insights/generate"]) {
    expect((await service.api(key, "POST", `/api/user/seen/${path}`, {})).status).toBe(200);
  }
});

/** Every rule in the dark; in the light what colours can change; at 360 px nothing is wider than the screen. */
async function looksRight(page: Page, name: string) {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme === "dark" ? [] : ["color-contrast"]);
    await page.screenshot({ path: `screenshots/${colorScheme}${name}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.screenshot({ path: `screenshots/phone${name}.png`, fullPage: true });
}

for (const path of pages) {
  test(`${path} is accessible in both themes and fits a phone`, async ({ signedIn: page, service }) => {
    const answer = await page.goto(service.url + path);
    expect(answer!.status()).toBe(200);
    await looksRight(page, path.replaceAll(/\W+/g, "-"));
  });
}
for (const [name, visit] of Object.entries(details)) {
  test(`the page of one ${name} is accessible in both themes and fits a phone`, async ({ signedIn: page, service }) => {
    await visit(page, service);
    await looksRight(page, `-one-${name}`);
  });
}
for (const [name, path] of Object.entries(open)) {
  test(`${path} is accessible in both themes and fits a phone`, async ({ page, service }) => {
    // The reference is long, and every line of it is looked at.
    test.setTimeout(180_000);
    await page.goto(service.url + path);
    await looksRight(page, `-${name}`);
  });
}
test("the page that makes the first admin is accessible in both themes and fits a phone", async ({ page }) => {
  const fresh = await Service.start();
  try {
    await page.goto(fresh.setupLink!);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await looksRight(page, "-setup");
  } finally {
    await fresh.close();
  }
});

test("a stranger is sent to the door, and back to where they wanted", async ({ page, service }) => {
  await signIn(page, service, "/releases");
  await expect(page).toHaveURL(/\/releases$/);
});

test("an unknown page says so", async ({ signedIn: page, service }) => {
  const answer = await page.goto(`${service.url}/no-such-page`);
  expect(answer!.status()).toBe(404);
});
