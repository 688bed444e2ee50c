import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { test } from "../helpers/client/testing.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { settled } from "../helpers/system/fault_testing.ts";
import { freePort } from "../helpers/system/free_port.ts";

/** How many files and connections the daemon may have open. */
const DESCRIPTORS = 128;

/** Starts a daemon that soon has no file descriptor left. */
function startWithFew(
  sandbox: Sandbox,
  folder: string,
): Promise<DaemonProcess> {
  return DaemonProcess.start({
    sandbox,
    folder,
    port: freePort(),
    descriptors: DESCRIPTORS,
  });
}

/** Connects, or does not. */
function connect(port: number): Promise<Deno.Conn | undefined> {
  return Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
}

/** Connects until the daemon can take no more. */
async function exhaust(daemon: DaemonProcess): Promise<Disposable> {
  const connections: (Deno.Conn | undefined)[] = [];
  for (let made = 0; made < 2 * DESCRIPTORS; made++) {
    connections.push(await connect(daemon.port));
  }
  await daemon.printed(/Cannot take more connections.*Too many open files/);
  return {
    [Symbol.dispose]() {
      for (const connection of connections) connection?.close();
    },
  };
}

test("a daemon out of file descriptors goes on, and serves again", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await startWithFew(sandbox, folder);
    const ledger = new Ledger();
    const script = [{ after: 0, status: "PROCESSING" }];
    const ids = [1, 2, 3].map(() => sandbox.orders.place({ script }));
    for (const id of ids) assert(await ledger.watch(daemon, id));
    {
      using _connections = await exhaust(daemon);
    }
    for (;;) {
      const connection = await connect(daemon.port);
      connection?.close();
      if (connection) break;
      await new Promise((go) => setTimeout(go, 100));
    }
    await daemon.printed(/Connections are taken again/);
    for (const id of ids) sandbox.orders.set(id, { status: "VOID" });
    for (const id of ids) {
      assertEquals((await settled(daemon, id)).outcome, "void");
    }
    await checkConservation(daemon, ledger, new EventReader());
    assert(sandbox.requests.smallestGap() >= MIN_INTERVAL_MS);
    assertEquals(await daemon.stop(), 0, daemon.output);
    const failures = daemon.output.match(/Cannot take more connections/g);
    assertEquals(failures?.length, 1, daemon.output);
    assertStringIncludes(daemon.output, "Stopped");
  }));

test("a daemon out of file descriptors is stopped as any other", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await startWithFew(sandbox, folder);
    using _connections = await exhaust(daemon);
    assertEquals(await daemon.stop(), 0, daemon.output);
    assertStringIncludes(daemon.output, "Stopped");
  }));
