// kill -9 while serving: no acknowledged write lost, telemetry at most a minute short, the audit log whole.
import { addPerson, expect, test } from "../fixtures/console";
import { Service } from "../fixtures/service";

test("what was acknowledged survives kill -9", async () => {
  let service = await Service.start();
  try {
    const key = service.key();
    const acknowledged: string[] = [];
    let answered = 0;
    await addPerson(service, key, "first");
    const writing = (async () => {
      for (let n = 0; ; n++) {
        try {
          await addPerson(service, key, `person-${n}`);
          acknowledged.push(`person-${n}`);
          if ((await service.api(key, "POST", `/api/user/person-${n}/routine/generate`, {})).status === 200) answered++;
        } catch {
          return;
        }
      }
    })();
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(20);
    await service.kill("SIGKILL");
    await writing;

    service = await service.again();
    for (const user of acknowledged) {
      const answer = await service.api(key, "POST", `/api/user/${user}/behavior/analyze`, {});
      expect(answer.status, user).toBe(200);
    }
    const kept = await service.api(key, "GET", "/api/ops/overview");
    expect(kept.status).toBe(200);
    expect(answered).toBeGreaterThan(0);
    expect(service.command(["audit", "verify"])).toContain("whole");
  } finally {
    await service.close();
  }
});
