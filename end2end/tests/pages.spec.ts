// Every page: accessible in both themes, usable at 360 px, whole without JavaScript. Pictures for a person to look at.
import { addPerson, expect, expectAccessible, signIn, test } from "../fixtures/console";

const pages = ["/", "/health", "/requests", "/cost", "/cost/shutoff", "/incidents", "/alerts", "/releases", "/releases/rollback", "/people", "/audit"];

test.beforeAll(async ({ service }) => {
  const key = service.key();
  await addPerson(service, key, "seen");
  for (const path of ["behavior/analyze", "circadian/analyze", "routine/generate", "nutrition/generate", "insights/generate"]) {
    expect((await service.api(key, "POST", `/api/user/seen/${path}`, {})).status).toBe(200);
  }
});

for (const colorScheme of ["dark", "light"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const path of pages) {
      test(`${path} is accessible`, async ({ signedIn: page, service }) => {
        const answer = await page.goto(service.url + path);
        expect(answer!.status()).toBe(200);
        await expectAccessible(page);
        await page.screenshot({ path: `screenshots/${colorScheme}${path.replaceAll("/", "-")}.png`, fullPage: true });
      });
    }
  });
}

test.describe("a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });
  for (const path of pages) {
    test(`${path} needs no sideways scrolling`, async ({ signedIn: page, service }) => {
      await page.goto(service.url + path);
      const widest = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(widest).toBeLessThanOrEqual(360);
      await page.screenshot({ path: `screenshots/phone${path.replaceAll("/", "-")}.png`, fullPage: true });
    });
  }
});

test("the door is accessible", async ({ page, service }) => {
  await page.goto(`${service.url}/sign-in`);
  await expectAccessible(page);
});

test("a stranger is sent to the door, and back to where they wanted", async ({ page, service }) => {
  await signIn(page, service, "/releases");
  await expect(page).toHaveURL(/\/releases$/);
});

test("an unknown page says so", async ({ signedIn: page, service }) => {
  const answer = await page.goto(`${service.url}/no-such-page`);
  expect(answer!.status()).toBe(404);
});
