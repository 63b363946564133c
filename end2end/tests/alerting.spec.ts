// A failing check alerts, opens an incident, and arrives where people are: in a mailbox and in Slack.
import { expect, signIn, test } from "../fixtures/console";
import { Mailbox } from "../fixtures/mailbox";
import { admin, Service } from "../fixtures/service";
import { SlackDouble } from "../fixtures/slack";

test("a failing check opens an incident that arrives by email and in Slack", async ({ page }) => {
  const mailbox = await Mailbox.open();
  const slack = await SlackDouble.open();
  const service = await Service.start({
    HOLISTICOS__EMAIL__SMTP_URL: mailbox.url,
    HOLISTICOS__EMAIL__TO: "oncall@example.org",
    HOLISTICOS__SLACK__BOT_TOKEN: "xoxb-test",
    HOLISTICOS__SLACK__CHANNEL: "incidents",
    HOLISTICOS__SLACK__API_BASE_URL: slack.url,
    HOLISTICOS__HEALTH__INTERVAL_SECONDS: "1",
    HOLISTICOS__HEALTH__MEMORY_ALERT_MB: "1",
    HOLISTICOS__HEALTH__MEMORY_CRITICAL_MB: "1",
    HOLISTICOS__ALERTS__EVALUATE_SECONDS: "1",
    HOLISTICOS__ALERTS__FOR_SECONDS: "2",
  });
  try {
    service.command(["user", "create", admin.email, "--role", "admin", "--password-stdin"], `${admin.password}\n`);
    await signIn(page, service, "/incidents");
    const incident = page.getByRole("link", { name: /INC-\d+/ }).first();
    await expect(incident).toBeVisible({ timeout: 30_000 });
    await expect.poll(() => mailbox.mails.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(() => slack.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);

    const mail = mailbox.mails[0];
    expect(mail.subject).toMatch(/^\[P\d\] INC-\d+ .*[Mm]emory/);
    expect(mail.text).toContain(`${service.url}/incidents/`);
    expect(mail.html).toContain("INC-");
    const chart = mail.attachments[0];
    expect(chart).toMatchObject({ contentType: "image/png", cid: "chart", related: true });
    expect(chart.size).toBeGreaterThan(5_000);
    const letter = await page.context().newPage();
    await letter.setContent(mail.html as string);
    await letter.screenshot({ path: "screenshots/mail.png", fullPage: true });
    await letter.close();
    expect(slack.calls[0].path).toContain("chat.postMessage");
    expect(slack.calls[0].token).toBe("Bearer xoxb-test");
    expect(slack.calls[0].body).toContain("INC-");

    await expect.poll(() => slack.calls.map((call) => call.path)).toContain("/api/files.completeUploadExternal");
    expect(slack.calls.find((call) => call.path.startsWith("/upload/"))!.body).toContain("PNG");

    await incident.click();
    await expect(page.getByRole("img", { name: /Memory of the process/ })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
    await expect(page.getByText("delivered").first()).toBeVisible();
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await expect(page.getByRole("status").filter({ hasText: /acknowledged/i })).toBeVisible();
  } finally {
    await service.close();
    await mailbox.close();
    await slack.close();
  }
});
