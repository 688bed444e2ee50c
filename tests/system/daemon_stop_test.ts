import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RawConnection } from "../helpers/api/raw_connection.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { startTest } from "../helpers/system/start_testing.ts";

/** Lets a daemon ask a question that CallFire does not answer. */
async function askInVain(
  sandbox: Sandbox,
  daemon: DaemonProcess,
): Promise<void> {
  sandbox.faults.add({ kind: "hang" });
  const id = sandbox.orders.place({});
  await daemon.json("PUT", `/v1/orders/${id}`);
  while (sandbox.requests.count === 0) {
    await new Promise((go) => setTimeout(go, 10));
  }
}

startTest("a stop lets the answers come that are on their way", async (
  sandbox,
  folder,
) => {
  const id = sandbox.orders.place({ localNumbers: { ordered: 1 } });
  sandbox.orders.set(id, { status: "ERRORED" });
  sandbox.faults.add({ kind: "none", delay: 2_000 });
  await using daemon = await DaemonProcess.start({ sandbox, folder });
  const events = await daemon.fetch("/v1/events");
  await daemon.json("PUT", `/v1/orders/${id}`);
  while (sandbox.requests.count === 0) {
    await new Promise((go) => setTimeout(go, 10));
  }
  assertEquals(await daemon.stop(), 0, daemon.output);
  // The reader was told of the end of its stream, as of all before it.
  await events.text();
  assertStringIncludes(daemon.output, "outcome=errored");
  assertEquals(sandbox.requests.entries()[0]?.status, 200);
});

startTest("a reader who takes nothing does not hold up a stop", async (
  sandbox,
  folder,
) => {
  await using daemon = await DaemonProcess.start({ sandbox, folder });
  using _stuck = await RawConnection.request(
    daemon.url,
    "GET /v1/events HTTP/1.1",
  );
  // More events than the buffers between the two hold.
  const label = "\u{1F4DE}".repeat(200);
  for (let first = 1; first <= 20_000; first += 10_000) {
    const orders = Array.from(
      { length: 10_000 },
      (_, index) => ({ id: String(first + index), label }),
    );
    await daemon.json("POST", "/v1/orders", { orders });
  }
  assertEquals(await daemon.stop(), 0);
});

startTest(
  "a stop takes no more callers, and gives up what takes too long",
  async (
    sandbox,
    folder,
  ) => {
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    await askInVain(sandbox, daemon);
    daemon.kill("SIGTERM");
    for (let isServed = true; isServed;) {
      isServed = await fetch(`${daemon.url}/-/healthy`)
        .then(({ body }) => body?.cancel().then(() => true), () => false) ??
        false;
    }
    // The question is still out.
    const [question] = sandbox.requests.entries();
    assertEquals(question?.answeredAt, null);
    assertEquals(await daemon.ended(), 0, daemon.output);
    assertStringIncludes(daemon.output, "Stopped");
    // It did not wait for the ten seconds that a question may take.
    while (question!.answeredAt === null) {
      await new Promise((go) => setTimeout(go, 10));
    }
    assert(question!.answeredAt - question!.arrivedAt < 9_000);
  },
);

startTest("a second signal ends it at once", async (sandbox, folder) => {
  await using daemon = await DaemonProcess.start({ sandbox, folder });
  await askInVain(sandbox, daemon);
  daemon.kill("SIGINT");
  // What a launcher passes on again within a moment is the same signal.
  daemon.kill("SIGINT");
  const ended = daemon.ended();
  let isOver = false;
  ended.then(() => isOver = true);
  while (!isOver) {
    // However late it has seen the first one.
    await new Promise((go) => setTimeout(go, 600));
    try {
      daemon.kill("SIGINT");
    } catch {
      // It has ended.
    }
  }
  assertEquals(await ended, 1, daemon.output);
});
