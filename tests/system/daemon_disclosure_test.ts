import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { readinessIs } from "../helpers/system/fault_testing.ts";

/** What anyone may ask for, and what only the token opens. */
const PATHS = [
  "/",
  "/page/page.js",
  "/page/nothing.js",
  "/metrics",
  "/openapi.json",
  "/-/healthy",
  "/-/ready",
  "/-/nothing",
  "/nothing",
  "/v1/orders",
  "/v1/orders/7",
  "/v1/summary",
  "/v1/events",
  "/v1/webhooks",
];

test("without the token nobody learns where the database is", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      env: { API_TOKEN: "a-token" },
    });
    const path = `${folder}/orders.db`;
    await Deno.rename(path, `${path}.away`);
    await readinessIs(daemon, 503);
    for (const path of PATHS) {
      for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
        const response = await fetch(daemon.url + path, { method });
        const text = JSON.stringify([...response.headers]) +
          await response.text();
        assert(!text.includes(folder), `${method} ${path}: ${text}`);
        assert(!text.includes("orders.db"), `${method} ${path}: ${text}`);
      }
    }
    const ready = await (await fetch(`${daemon.url}/-/ready`)).json();
    assertEquals(ready.reasons, [
      "The database cannot be used: see GET /v1/summary or the daemon's log.",
    ]);
    const { reasons } = await daemon.json<{ reasons: string[] }>(
      "GET",
      "/v1/summary",
    );
    assertStringIncludes(reasons[0]!, path);
    await daemon.printed(/ERROR.*Cannot use the database.*orders\.db/);
    await Deno.rename(`${path}.away`, path);
    await readinessIs(daemon, 200);
    await daemon.printed(/The database can be used again/);
  }));
