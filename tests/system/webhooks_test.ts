import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { seededRandom } from "../helpers/client/random.ts";
import { test } from "../helpers/client/testing.ts";
import { WebhookReceiver } from "../helpers/api/webhook_receiver.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { pause } from "../helpers/system/pause.ts";
import {
  RECEIVER_PROGRAM,
  startReceiver,
} from "../helpers/system/receiver_program.ts";
import {
  checkComplete,
  getWebhook,
  haveEnded,
  register,
  verifyAll,
} from "../helpers/system/webhooks_testing.ts";

const FAST = "--max-requests-per-second=0";

/** An order that ends soon after it is watched. */
function place(sandbox: Sandbox): string {
  return sandbox.orders.place({
    localNumbers: { ordered: 1 },
    script: [
      { after: 0, status: "PROCESSING" },
      { after: 500, status: "FINISHED" },
    ],
  });
}

test("a receiver is told of every order, verifies it, and may be down for a while", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    let receiver = new WebhookReceiver();
    const { host, url } = receiver;
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args: [FAST, `--webhook-hosts=${host}`],
    });
    const { id, secret } = await register(daemon, url);
    const orders = Array.from({ length: 20 }, () => place(sandbox));
    await daemon.json("POST", "/v1/orders", {
      orders: orders.map((order) => ({ id: order })),
    });
    await receiver.until((received) => haveEnded(received, orders));
    verifyAll(receiver.received, secret);
    await checkComplete(daemon, receiver, orders);

    // By the new secret and the old one, from then on.
    const { secret: second } = await daemon
      .json<{ secret: string }>("POST", `/v1/webhooks/${id}/rotate`);
    const before = receiver.received.length;
    const last = place(sandbox);
    await daemon.json("PUT", `/v1/orders/${last}`);
    await receiver.until((received) => haveEnded(received, [last]));
    verifyAll(receiver.received.slice(before), second, secret);

    await receiver[Symbol.asyncDispose]();
    const more = Array.from({ length: 20 }, () => place(sandbox));
    await daemon.json("POST", "/v1/orders", {
      orders: more.map((order) => ({ id: order })),
    });
    await daemon.printed(/An endpoint of webhooks fails/);
    assertEquals((await getWebhook(daemon, id)).state, "failing");
    receiver = new WebhookReceiver(Number(host.split(":")[1]));
    // It would be tried again by itself, seconds after the orders have ended.
    await receiver.until((received) => haveEnded(received, more));
    verifyAll(receiver.received, second, secret);
    await checkComplete(daemon, receiver, more);
    await daemon.printed(/An endpoint of webhooks is sent to again/);
    await receiver[Symbol.asyncDispose]();
    assertEquals(await daemon.stop(), 0, daemon.output);
    for (const hidden of [secret, second, "/webhooks"]) {
      assert(!daemon.output.includes(hidden), hidden);
    }
  }));

test("kill -9 of a daemon while it delivers loses nothing", () =>
  withFolder(async (folder) => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    console.log(`the seed is ${seed}`);
    const random = seededRandom(seed);
    await using sandbox = await startSandbox();
    await using receiver = new WebhookReceiver();
    const options = {
      sandbox,
      folder,
      args: [FAST, `--webhook-hosts=${receiver.host}`],
    };
    const orders: string[] = [];
    let secret = "";
    for (let kill = 0; kill < 8; kill++) {
      await using daemon = await DaemonProcess.start(options);
      secret ||= (await register(daemon, receiver.url)).secret;
      const begun = Array.from({ length: 30 }, () => place(sandbox));
      await daemon.json("POST", "/v1/orders", {
        orders: begun.map((order) => ({ id: order })),
      });
      orders.push(...begun);
      await pause(random() * 1_500);
      daemon.kill("SIGKILL");
      await daemon.ended();
    }
    await using daemon = await DaemonProcess.start(options);
    await receiver.until((received) => haveEnded(received, orders));
    verifyAll(receiver.received, secret);
    await checkComplete(daemon, receiver, orders);
    console.log(
      `8 kills, ${orders.length} orders, ${receiver.received.length} webhooks`,
    );
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));

test("a name that is allowed may not lead to a private address", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using receiver = new WebhookReceiver();
    const port = receiver.host.split(":")[1];
    const url = `http://localhost:${port}/webhooks`;
    const named = `--webhook-hosts=localhost:${port}`;
    for (
      const [args, isTaken] of [[[named], true], [
        ["--webhook-hosts=*"],
        false,
      ]] as const
    ) {
      await using daemon = await DaemonProcess.start({
        sandbox,
        folder,
        args: [...args],
      });
      const known = await daemon
        .json<{ items: { id: string }[] }>("GET", "/v1/webhooks");
      // What was registered stays, though the settings do not allow it now.
      const id = known.items[0]?.id ?? (await register(daemon, url)).id;
      const { detail, result } = await daemon
        .json<{ detail: string | null; result: string }>(
          "POST",
          `/v1/webhooks/${id}/test`,
        );
      assertEquals(result, isTaken ? "delivered" : "forbidden_address");
      if (!isTaken) assertMatch(detail!, /not a public one/);
      assertEquals(await daemon.stop(), 0, daemon.output);
    }
    assertEquals(receiver.received.length, 1);
  }));

test("a daemon without hosts for webhooks says how to have them", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    const response = await fetch(`${daemon.url}/v1/webhooks`);
    const { code, detail } = await response.json();
    assertEquals([response.status, code], [404, "webhooks_off"]);
    assertStringIncludes(detail, "--webhook-hosts=example.com");
    assertEquals(await daemon.stop(), 0);
  }));

test("the receiver of the docs takes each event once, in under 30 lines", () =>
  withFolder(async (folder) => {
    const program = await Deno.readTextFile(RECEIVER_PROGRAM);
    const lines = program.trimEnd().split("\n");
    assert(lines.length < 30, `${lines.length} lines`);
    await using sandbox = await startSandbox();
    // A port that is free: nobody listens there any more.
    const free = new WebhookReceiver();
    const { host } = free;
    await free[Symbol.asyncDispose]();
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args: [FAST, `--webhook-hosts=${host}`],
    });
    const { id, secret } = await register(daemon, `http://${host}/`);
    await using receiver = await startReceiver(daemon, { host, id, secret });
    const { printed } = receiver;
    const order = place(sandbox);
    await daemon.json("PUT", `/v1/orders/${order}`);
    await printed(`order.settled: order ${order} is `);
    // All of it once more, of which it knows.
    await daemon.json("POST", `/v1/webhooks/${id}/resume`, { fromSequence: 1 });
    const next = place(sandbox);
    await daemon.json("PUT", `/v1/orders/${next}`);
    await printed(`order.settled: order ${next} is `);
    assertEquals(
      receiver.output.split(`order.settled: order ${order} `).length,
      2,
    );
    const forged = await fetch(`http://${host}/`, {
      method: "POST",
      body: "{}",
    });
    assertEquals(forged.status, 401);
    await forged.body?.cancel();
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));
