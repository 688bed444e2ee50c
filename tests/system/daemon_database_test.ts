import { assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { test } from "../helpers/client/testing.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { readinessIs } from "../helpers/system/fault_testing.ts";

/** What may be wrong with a database, and what is said of it. */
const FAULTS: [
  name: string,
  spoil: (path: string) => void,
  message: string,
][] = [
  [
    "is no database",
    (path) => Deno.writeTextFileSync(path, "orders"),
    "it is not a SQLite database",
  ],
  [
    "is damaged",
    (path) => {
      using file = Deno.openSync(path, { write: true });
      file.seekSync(4096, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(4096).fill(0xff));
    },
    "it is damaged",
  ],
  [
    "is of a newer daemon",
    (path) => {
      using database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 1000");
    },
    "a newer daemon has made it",
  ],
];

for (const [name, spoil, message] of FAULTS) {
  test(`a database that ${name} is told in one line, and left alone`, () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const path = `${folder}/orders.db`;
      {
        await using daemon = await DaemonProcess.start({ sandbox, folder });
        assertEquals(await daemon.stop(), 0, daemon.output);
      }
      spoil(path);
      const before = Deno.readFileSync(path);
      await using daemon = DaemonProcess.spawn({ sandbox, folder });
      assertEquals(await daemon.ended(), 1);
      assertEquals(daemon.output.trim().split("\n").length, 1, daemon.output);
      assertStringIncludes(daemon.output, message);
      assertEquals(Deno.readFileSync(path), before);
    }));
}

test("a database that is gone for a while loses nothing", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    const ledger = new Ledger();
    const ended = sandbox.orders.place({
      script: [{ after: 0, status: "PROCESSING" }],
    });
    await ledger.watch(daemon, ended);
    const path = `${folder}/orders.db`;
    await Deno.rename(path, `${path}.away`);
    const answers = async (...requests: [method: string, path: string][]) => {
      const codes: (string | number)[] = [];
      for (const [method, at] of requests) {
        const response = await daemon.fetch(at, { method });
        const text = await response.text();
        codes.push(text.startsWith("{") && JSON.parse(text).code || text);
        codes.push(response.status);
      }
      return codes;
    };
    const writes: [string, string][] = [
      ["PUT", "/v1/orders/7"],
      ["DELETE", `/v1/orders/${ended}`],
    ];
    assertEquals(
      await answers(...writes),
      ["store_unavailable", 503, "store_unavailable", 503],
    );
    // What was found out of readiness stands for a second.
    await readinessIs(daemon, 503);
    assertEquals(
      await answers(["GET", "/-/ready"], ["GET", "/-/healthy"]),
      ["not_ready", 503, "healthy\n", 200],
    );
    // It ends while nobody can write that down.
    sandbox.orders.set(ended, { status: "VOID" });
    await daemon.printed(/What happens cannot be stored/);
    await Deno.rename(`${path}.away`, path);
    await readinessIs(daemon, 200);
    const { outcome } = await daemon.json<{ outcome: string }>(
      "GET",
      `/v1/orders/${ended}?wait=55`,
    );
    assertEquals(outcome, "void");
    await checkConservation(daemon, ledger, new EventReader());
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));
