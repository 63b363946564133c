// The first start prints a link that makes the first admin, once.
import { expect, test } from "@playwright/test";
import { admin, Service } from "../fixtures/service";

test("the one-time link makes the first admin, once", async ({ page, browser }) => {
  const service = await Service.start();
  try {
    await page.goto(service.setupLink!);
    await page.getByLabel("Email").fill(admin.email);
    await page.getByLabel("Password").fill(admin.password);
    await page.getByRole("button", { name: "Create admin and sign in" }).click();
    await expect(page.getByRole("navigation", { name: "Console" })).toBeVisible();

    const other = await (await browser.newContext()).newPage();
    await other.goto(service.setupLink!);
    await other.getByLabel("Email").fill("second@example.org");
    await other.getByLabel("Password").fill(admin.password);
    await other.getByRole("button", { name: "Create admin and sign in" }).click();
    await expect(other.getByRole("alert")).toBeVisible();
  } finally {
    await service.close();
  }
});
