import { assert, assertEquals } from "@std/assert";
import { eventStream } from "../../../daemon/api/event_stream.ts";
import { EventFeed } from "../../../daemon/event_feed.ts";
import { BEGINNING } from "../../../daemon/store/event_id.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { until } from "../../sandbox/testing.ts";
import { RawConnection } from "../../helpers/api/raw_connection.ts";
import {
  type ApiSetup,
  apiTest,
  listAnswers,
} from "../../helpers/api/testing.ts";

/** More than the buffers between two sockets hold, in events. */
const MANY = 20_000;

/** Watches many orders, with labels of as many bytes as there can be. */
async function watchMany({ json }: ApiSetup): Promise<void> {
  const label = "\u{1F4DE}".repeat(200);
  for (let first = 1; first <= MANY; first += 10_000) {
    const orders = Array.from(
      { length: 10_000 },
      (_, index) => ({ id: String(first + index), label }),
    );
    await json("POST", "/v1/orders", { body: { orders } });
  }
}

const FOLLOW = "GET /v1/events HTTP/1.1";

apiTest("a reader who takes nothing is dropped", async (setup) => {
  const { clock, core, follow, store, url } = setup;
  using stuck = await RawConnection.request(url, FOLLOW, "Connection: close");
  await until(() => core.feed.waiting === 1);
  const pending = clock.pending;
  await watchMany(setup);
  const epoch = await store.epochOf(MANY);
  // It waits for no event any more, but to be rid of those it has.
  const other = await follow({
    headers: { "Last-Event-ID": `${epoch}-${MANY}` },
  });
  await until(() => core.feed.waiting === 1);
  assertEquals(clock.pending, pending + 1);
  await clock.advance(9_999);
  assertEquals(clock.pending, pending + 1);
  await clock.advance(1);
  assertEquals(clock.pending, pending);

  const text = await stuck.readAll();
  const sequences = [...text.matchAll(/^id: \w+-(\d+)\nevent:/gm)]
    .map(([, sequence]) => Number(sequence));
  assert(sequences.length < MANY, `${sequences.length} were sent`);
  assertEquals(sequences.at(-1), sequences.length);

  // It can come again, and goes on from where it was.
  const again = await follow({
    headers: { "Last-Event-ID": `${epoch}-${sequences.length}` },
  });
  const rest = await again.take(MANY - sequences.length);
  assertEquals(rest[0]?.data.sequence, sequences.length + 1);
  assertEquals(rest.at(-1)?.data.sequence, MANY);
  await again.close();
  await other.close();
}, { isPolling: false });

apiTest("a slow reader misses nothing", async (setup) => {
  const { clock, follow } = setup;
  const reader = await follow();
  await watchMany(setup);
  for (let next = 1; next <= MANY; next += 1_000) {
    await clock.advance(2_000);
    const messages = await reader.take(1_000);
    assertEquals(messages[0]?.data.sequence, next);
    assertEquals(messages.at(-1)?.data.sequence, next + 999);
  }
  await reader.close();
}, { isPolling: false });

apiTest("a reader who is stuck holds nobody up", async (setup) => {
  const { core, follow, url } = setup;
  using _stuck = await RawConnection.request(url, FOLLOW, "Connection: close");
  await until(() => core.feed.waiting === 1);
  const readers = await Promise.all(Array.from({ length: 5 }, () => follow()));
  await watchMany(setup);
  for (const reader of readers) {
    const messages = await reader.take(MANY);
    assertEquals(messages.at(-1)?.data.sequence, MANY);
    await reader.close();
  }
}, { isPolling: false });

apiTest("HEAD begins no stream", async ({ call, core }) => {
  const response = await call("HEAD", "/v1/events");
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "text/event-stream");
  await response.body?.cancel();
  assertEquals(core.feed.waiting, 0);
});

apiTest("streams end when the daemon stops", async (setup) => {
  const { core, follow, stop, watch } = setup;
  const readers = [await follow(), await follow()];
  await watch("7");
  await until(() => core.feed.waiting === 2);
  stop();
  for (const reader of readers) {
    assertEquals((await reader.take(2)).map(({ event }) => event), [
      "order.watched",
      "order.changed",
    ]);
    assertEquals(await reader.next(), undefined);
    // It has not been quiet, so nothing is sent that would have to be taken.
    assertEquals(reader.comments, ["open"]);
  }
});

apiTest("a stream ends when its events cannot be read", async (setup) => {
  const { core, follow, store, watch } = setup;
  await watch("7");
  const [event] = await store.history("7");
  const reader = await follow();
  await store.close();
  // It does not follow what is at hand, so the store is asked for the rest.
  core.feed.publish(Array(30_000).fill({ ...event!, sequence: 30_000 }));
  assertEquals(await reader.next(), undefined);
}, { isPolling: false });

apiTest(
  "a stream ends when its last event is lost with others",
  async (setup) => {
    const { core, follow, watch } = setup;
    const reader = await follow();
    const other = await follow();
    await watch("7");
    await reader.take(1);
    await until(() => core.feed.waiting === 2);
    core.feed.rewind();
    assertEquals(await reader.next(), undefined);
    assertEquals((await other.take(1)).length, 1);
    assertEquals(await other.next(), undefined);
    assertEquals(core.feed.waiting, 0);
  },
  { isPolling: false },
);

apiTest("a reader who goes away leaves nothing behind", async (setup) => {
  const { clock, core, follow, stopListeners, url } = setup;
  const pending = clock.pending;
  const nothingIsLeft = () =>
    core.feed.waiting === 0 && clock.pending === pending &&
    stopListeners() === 0;
  for (let rounds = 0; rounds < 3; rounds++) {
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => follow()),
    );
    await until(() => core.feed.waiting === 20);
    assertEquals(stopListeners(), 20);
    for (const reader of readers) await reader.close();
    await until(nothingIsLeft);
  }
  // Nor one who has gone before the answer.
  const answers = listAnswers(setup);
  for (let rounds = 1; rounds <= 20; rounds++) {
    (await RawConnection.request(url, FOLLOW))[Symbol.dispose]();
    await until(() => answers.length === rounds);
  }
  await until(nothingIsLeft);
}, { isPolling: false });

Deno.test("a reader who is gone when an event is sent is not dropped later", async () => {
  const clock = new TestClock();
  const feed = new EventFeed({ eventsAfter: () => Promise.resolve([]) });
  const stopping = new AbortController().signal;
  const reader = eventStream(
    { clock, feed, stopping },
    { after: BEGINNING, follow: true, rewound: feed.rewound },
  ).getReader();
  // As Deno's server does, which finds out when it sends.
  const { enqueue } = ReadableStreamDefaultController.prototype;
  ReadableStreamDefaultController.prototype.enqueue = function (chunk) {
    enqueue.call(this, chunk);
    reader.cancel();
  };
  try {
    await reader.read();
  } finally {
    ReadableStreamDefaultController.prototype.enqueue = enqueue;
  }
  await clock.advance(10_000);
  assertEquals(clock.pending, 0);
});
