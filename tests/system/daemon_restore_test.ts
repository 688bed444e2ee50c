import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import {
  checkRestore,
  type RestoreRun,
} from "../helpers/system/restore_testing.ts";
import { startReceiver } from "../helpers/system/receiver_program.ts";
import { register } from "../helpers/system/webhooks_testing.ts";

/** Makes a backup as OPERATIONS.md says. */
async function backUp({ daemon, folder }: RestoreRun): Promise<DaemonProcess> {
  daemon.kill("SIGUSR2");
  await daemon.printed(/Backed up/);
  await Deno.copyFile(`${folder}/data/orders.db.backup`, `${folder}/backup.db`);
  return daemon;
}

/** Puts it back as OPERATIONS.md says. */
async function restore(
  { daemon, folder, start }: RestoreRun,
): Promise<DaemonProcess> {
  assertEquals(await daemon.stop(), 0, daemon.output);
  await Deno.mkdir(`${folder}/replaced`);
  for (const { name } of Deno.readDirSync(`${folder}/data`)) {
    await Deno.rename(`${folder}/data/${name}`, `${folder}/replaced/${name}`);
  }
  await Deno.copyFile(`${folder}/backup.db`, `${folder}/data/orders.db`);
  return await start();
}

test("a restore of the daemon's own backup uses no id of an event again", () =>
  checkRestore({ backUp, restore }));

test("a restore of a copied file uses no id of an event again", () =>
  checkRestore({
    async backUp({ daemon, folder, start }) {
      assertEquals(await daemon.stop(), 0, daemon.output);
      await Deno.copyFile(`${folder}/data/orders.db`, `${folder}/backup.db`);
      return await start();
    },
    restore,
  }));

test("a restore of a copied folder uses no id of an event again", () =>
  checkRestore({
    async backUp({ daemon, folder, start }) {
      daemon.kill("SIGKILL");
      await daemon.ended();
      await copyFolder(`${folder}/data`, `${folder}/copy`);
      return await start();
    },
    async restore({ daemon, folder, start }) {
      daemon.kill("SIGKILL");
      await daemon.ended();
      await Deno.remove(`${folder}/data`, { recursive: true });
      await copyFolder(`${folder}/copy`, `${folder}/data`);
      return await start();
    },
  }));

test("the receiver of the docs hears what happens again after a restore", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    const free = new WebhookReceiver();
    const { host } = free;
    await free[Symbol.asyncDispose]();
    await using stack = new AsyncDisposableStack();
    const start = async () =>
      stack.use(
        await DaemonProcess.start({
          sandbox,
          folder: `${folder}/data`,
          args: [`--webhook-hosts=${host}`],
        }),
      );
    let daemon = await start();
    const { id, secret } = await register(daemon, `http://${host}/`);
    await using receiver = await startReceiver(daemon, { host, id, secret });
    const order = sandbox.orders.place({
      localNumbers: { ordered: 3 },
      script: [{ after: 0, status: "NEW" }],
    });
    const became = async (state: string) => {
      await receiver.printed(`order ${order} is ${state}`);
      receiver.output = "";
    };
    await daemon.json("PUT", `/v1/orders/${order}`);
    await became("watching");
    await became("watching");
    await backUp({ daemon, folder, start });
    for (const status of ["PROCESSING", "NEW"] as const) {
      sandbox.orders.set(order, { status });
      await became("watching");
    }
    sandbox.orders.set(order, { status: "FINISHED" });
    daemon = await restore({ daemon, folder, start });
    await receiver.printed(`order.settled: order ${order} is`);
    // All of it once more, of which it knows.
    receiver.output = "";
    await daemon.json("POST", `/v1/webhooks/${id}/resume`, { fromSequence: 1 });
    await daemon.json("DELETE", `/v1/orders/${order}`);
    await receiver.printed(`order.removed: order ${order}`);
    assertEquals(receiver.output.split("\n").length, 2, receiver.output);
    assertStringIncludes(receiver.output, "order.removed");
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const { name } of Deno.readDirSync(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
