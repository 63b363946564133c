// Every table has a CSV and a JSON twin at its page's address, for those who may see the page.
import { addPerson, expect, signIn, test } from "../fixtures/console";

const pages = ["/", "/agents", "/agents/routine", "/health", "/requests", "/cost", "/cost/ledger", "/cost/caps", "/cost/limits", "/cost/models", "/cost/policies", "/cost/prices", "/cost/reconciliation", "/incidents", "/alerts", "/releases", "/people", "/audit"];

test("every table can be had as CSV and as JSON", async ({ signedIn: page, service }) => {
  const key = service.key();
  await addPerson(service, key, "counted");
  expect((await service.api(key, "POST", "/api/user/counted/routine/generate", {})).status).toBe(200);
  for (const path of pages) {
    await page.goto(service.url + path);
    const links = page.getByRole("link", { name: /as (CSV|JSON)$/ });
    const count = await links.count();
    if (path !== "/cost") expect(count, path).toBeGreaterThan(0);
    for (let n = 0; n < count; n++) {
      const link = links.nth(n);
      const wanted = (await link.getAttribute("href"))!;
      expect(wanted.startsWith(`${path}?`), wanted).toBe(true);
      const answer = await page.request.get(service.url + wanted);
      expect(answer.status(), wanted).toBe(200);
      const csv = wanted.endsWith("csv");
      expect(answer.headers()["content-type"], wanted).toContain(csv ? "text/csv" : "application/json");
      if (!csv) expect(Array.isArray(await answer.json()), wanted).toBe(true);
    }
  }
});

test("a filtered page has a filtered twin", async ({ signedIn: page, service }) => {
  const key = service.key();
  await addPerson(service, key, "filtered");
  for (const kind of ["routine", "nutrition"]) await service.api(key, "POST", `/api/user/filtered/${kind}/generate`, {});
  await expect(async () => {
    const rows = await (await page.request.get(`${service.url}/requests?user=filtered&agent=nutrition&format=json`)).json();
    expect(rows.map((row: { agent: string; user: string }) => [row.agent, row.user])).toEqual([["nutrition", "filtered"]]);
  }).toPass();
  const csv = await (await page.request.get(`${service.url}/requests?user=filtered`, { headers: { accept: "text/csv" } })).text();
  expect(csv.trim().split("\r\n")).toHaveLength(3);
});

test("a wrong format or table names what there is", async ({ signedIn: page, service }) => {
  const format = await page.request.get(`${service.url}/requests?format=xml`);
  expect([format.status(), (await format.json()).errors[0].field]).toEqual([422, "format"]);
  const table = await page.request.get(`${service.url}/cost?format=csv&table=moon`);
  expect((await table.json()).errors[0].detail).toContain("days, hours, agents");
});

test("who may not see a page may not have its twin", async ({ browser, service }) => {
  const viewer = { email: "viewer@example.org", password: "another long sentence" };
  service.command(["user", "create", viewer.email, "--role", "viewer", "--password-stdin"], `${viewer.password}\n`);
  const page = await (await browser.newContext()).newPage();
  await signIn(page, service, "/", viewer);
  for (const path of ["/people?format=csv", "/people?format=json&table=keys", "/audit?format=csv", "/cost?format=csv&table=people"]) {
    expect((await page.request.get(service.url + path)).status(), path).toBe(403);
  }
  const stranger = await (await browser.newContext()).request.get(`${service.url}/requests?format=csv`, { maxRedirects: 0 });
  expect(stranger.status()).toBe(303);
});
