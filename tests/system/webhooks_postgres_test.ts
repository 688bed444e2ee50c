import { assertEquals, assertStringIncludes } from "@std/assert";
import { startPostgres } from "../daemon/store/postgres_server.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";

const { postgresTest } = await startPostgres();

postgresTest(
  "a daemon on PostgreSQL says that it sends no webhooks",
  (server) =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      await using daemon = await DaemonProcess.start({
        sandbox,
        folder,
        database: await server.makeDatabase(),
        args: ["--webhook-hosts=example.com"],
      });
      const response = await fetch(`${daemon.url}/v1/webhooks`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ url: "https://example.com/" }),
      });
      const { code, detail } = await response.json();
      assertEquals([response.status, code], [404, "webhooks_off"]);
      assertStringIncludes(detail, "they need a database of SQLite so far");
      assertEquals(await daemon.stop(), 0, daemon.output);
    }),
);
