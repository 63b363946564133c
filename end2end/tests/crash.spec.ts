// kill -9 while serving: no acknowledged write lost, telemetry at most seconds short, the audit log whole.
import { addPerson, expect, test } from "../fixtures/console";
import { admin, Service } from "../fixtures/service";

test("what was acknowledged survives kill -9", async ({ request }) => {
  test.setTimeout(120_000);
  let service = await Service.start();
  try {
    const key = service.key();
    const acknowledged: string[] = [];
    const answered: { at: number; id: string }[] = [];
    await addPerson(service, key, "first");
    const writing = (async () => {
      for (let n = 0; ; n++) {
        try {
          await addPerson(service, key, `person-${n}`);
          acknowledged.push(`person-${n}`);
          const answer = await service.api(key, "POST", `/api/user/person-${n}/routine/generate`, {});
          if (answer.status === 200) answered.push({ at: Date.now(), id: answer.body.meta.request_id });
        } catch {
          return;
        }
      }
    })();
    const begun = Date.now();
    await expect.poll(() => acknowledged.length > 20 && Date.now() - begun > 16_000, { timeout: 60_000 }).toBe(true);
    const killed = Date.now();
    await service.kill("SIGKILL");
    await writing;

    service = await service.again();
    // Requests are written every second, what charts and alerts read every ten: both far less than a minute short.
    service.command(["user", "create", admin.email, "--role", "admin", "--password-stdin"], `${admin.password}\n`);
    await request.post(`${service.url}/sign-in`, { form: admin, headers: { origin: service.url } });
    const rows: { id: string }[] = await (await request.get(`${service.url}/requests?format=json`)).json();
    const kept = rows.map((row) => row.id);
    const before = answered.filter(({ at }) => at < killed - 3_000).slice(-50);
    expect(before.length).toBeGreaterThan(0);
    for (const { id } of before) expect(kept).toContain(id);
    const written = answered.filter(({ at }) => at < killed - 12_000).length;
    expect(written).toBeGreaterThan(0);
    const stats = await (await fetch(`${service.url}/api/monitoring/stats`)).json();
    expect(stats.requests.requests).toBeGreaterThanOrEqual(written);
    expect(stats.requests.requests).toBeLessThanOrEqual(answered.length + 1);

    for (const user of acknowledged) {
      const answer = await service.api(key, "POST", `/api/user/${user}/behavior/analyze`, {});
      expect(answer.status, user).toBe(200);
    }
    expect(service.command(["audit", "verify"])).toContain("whole");
  } finally {
    await service.close();
  }
});
