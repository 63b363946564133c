// A key is shown once, by the answer that made it, and works; the API page runs an example with it.
import { expect, test } from "../fixtures/console";

test("a key is shown once and leaves no trace in the browser", async ({ signedIn: page, service }) => {
  await page.goto(`${service.url}/people`);
  await page.getByLabel("Name of the app").fill("phone app");
  await page.getByLabel("Tenant").fill("t");
  await page.getByRole("button", { name: "Make key" }).click();
  const text = await page.getByRole("status").filter({ hasText: "not shown again" }).innerText();
  const key = /hos_\S+/.exec(text)![0];
  const cookies = await page.context().cookies();
  expect(cookies.map((cookie) => cookie.name)).not.toContain("flash");
  expect(page.url()).toBe(`${service.url}/people`);

  const profile = { age: 30, sex: "male", height_cm: 180, weight_kg: 80, archetype: "Peak Performer" };
  expect((await service.api(key, "PUT", "/api/user/keyed/profile", profile)).status).toBe(200);

  await page.goto(`${service.url}/people`);
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole("button", { name: `Revoke ${key.slice(0, 8)}` }).first().click();
  await expect(page.getByRole("status").filter({ hasText: "revoked" })).toBeVisible();
  expect((await service.api(key, "PUT", "/api/user/keyed/profile", profile)).status).toBe(401);
});

test("a key with a wrong scope is refused by name, and nothing is made", async ({ signedIn: page, service }) => {
  await page.goto(`${service.url}/people`);
  await page.getByLabel("Name of the app").fill("odd app");
  await page.getByLabel("Tenant").fill("t");
  await page.getByLabel("Scopes").fill("everything");
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Make key" }).click();
  expect((await answer).status()).toBe(422);
  await expect(page.getByRole("alert").filter({ hasText: "scope" })).toBeVisible();
  await expect(page.getByText("odd app")).toHaveCount(0);
});

test("a key for models opens models and nothing else", async ({ signedIn: page, service }) => {
  await page.goto(`${service.url}/people`);
  await page.getByLabel("Name of the app").fill("coach chat");
  await page.getByLabel("Tenant").fill("t");
  await page.getByLabel("Scopes").fill("models");
  await page.getByRole("button", { name: "Make key" }).click();
  const text = await page.getByRole("status").filter({ hasText: "not shown again" }).innerText();
  const key = /hos_\S+/.exec(text)![0];
  const models = await service.api(key, "GET", "/v1/models");
  expect([models.status, models.body.data[0].id]).toEqual([200, "auto"]);
  expect((await service.api(key, "GET", "/api/user/u/memory")).status).toBe(403);
  expect((await service.api(service.key(), "GET", "/v1/models")).body.error.message).toContain("the scope models");

  // Nothing is configured in this service, and the refused chat is on the page of requests.
  const chat = await service.api(key, "POST", "/v1/chat/completions", { messages: [{ role: "user", content: "Hello" }] });
  expect([chat.status, chat.body.error.code]).toEqual([503, "model-not-configured"]);
  await page.goto(`${service.url}/requests`);
  await page.getByLabel("Agent").selectOption("Apps' chats");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Apps' chats" }).first()).toContainText("failed");
});

test("an example of the API page runs, and the key stays on it", async ({ page, service }) => {
  await page.goto(`${service.url}/docs/api`);
  await page.getByText("Try GET /api/ops/cost", { exact: true }).click();
  const send = page.getByRole("button", { name: "Send GET /api/ops/cost", exact: true });
  await send.click();
  await expect(page.getByText(/^401 .* ms · request /)).toBeVisible();
  await page.getByLabel("API key for the examples").fill(service.key());
  await send.click();
  await expect(page.getByText(/^200 .* ms · request /)).toBeVisible();
  await expect(page.getByText("budget_usd").last()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("API key for the examples")).toHaveValue("");
});
