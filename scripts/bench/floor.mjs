// What one more hop costs by itself: nginx as a bare reverse proxy on the same two cores, one worker, kept connections, no
// log, nothing asked and nothing counted. No gateway can be faster than that by much; what it adds beyond is its own.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, launch, pause } from "./start.mjs";

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

const settings = (folder, port, provider) => `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr notice;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 10000000; tcp_nodelay on;
  client_body_temp_path ${folder}/t; proxy_temp_path ${folder}/t; fastcgi_temp_path ${folder}/t; uwsgi_temp_path ${folder}/t; scgi_temp_path ${folder}/t;
  upstream provider { server ${new URL(provider).host}; keepalive 1024; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}`;

/** nginx before the provider: its address, process and end; or `undefined` where there is no nginx. */
export async function startFloor(provider) {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "holisticos-floor-"));
  mkdirSync(join(folder, "t"));
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, settings(folder, port, provider));
  const { stop, pid } = await launch("nginx", ["-c", file], {}, /(start|event method|notice)/);
  const url = `http://127.0.0.1:${port}`;
  for (let n = 0; n < 50; n++) {
    try {
      await call("GET", `${url}/stats`);
      break;
    } catch {
      await pause(20);
    }
  }
  const end = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, pid, stop: end };
}
