import { assertEquals } from "@std/assert";
import { formatEventId } from "../../../daemon/store/event_id.ts";
import { until } from "../../sandbox/testing.ts";
import type { Message } from "../../helpers/api/event_reader.ts";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";

function types(messages: Message[]): string[] {
  return messages.map(({ event, data }) => `${event} ${data.watch.id}`);
}

/** Watches so many orders, an event for each. */
async function watchMany(
  { json }: ApiSetup,
  first: number,
  last: number,
): Promise<void> {
  const orders = Array.from(
    { length: last - first + 1 },
    (_, index) => ({ id: String(first + index) }),
  );
  await json("POST", "/v1/orders", { body: { orders } });
}

apiTest("events tell what happens from now on", async (setup) => {
  const { call, checks, finish, follow, json, watch } = setup;
  await watch("1");
  const reader = await follow();
  await watch("7", "a");
  await finish("7");
  await (await call("DELETE", "/v1/orders/7")).body?.cancel();
  const messages = await reader.take(4);
  assertEquals(types(messages), [
    "order.watched 7",
    "order.changed 7",
    "order.settled 7",
    "order.removed 7",
  ]);
  for (const { id, event, data } of messages) {
    checks.checkEvent(data);
    assertEquals([id, event], [formatEventId(data), data.type]);
  }
  assertEquals(
    messages.map(({ data: { watch: { state } } }) => state),
    ["watching", "watching", "settled", "settled"],
  );
  assertEquals((await json("GET", "/v1/orders")).items.length, 1);
  await reader.close();
});

apiTest("events are the same as in the history", async (setup) => {
  const { finish, follow, json, watch } = setup;
  const reader = await follow();
  await watch("7");
  await finish("7");
  const messages = await reader.take(3);
  assertEquals(
    messages.map(({ data }) => data as unknown),
    (await json("GET", "/v1/orders/7/history")).items,
  );
  await reader.close();
});

apiTest("the stream of events says how to come again", async (setup) => {
  const { call, follow, store, watch } = setup;
  await watch("1");
  const reader = await follow();
  assertEquals(
    [reader.comments, reader.lastEventId, reader.retry],
    [["open"], `${await store.epochOf(2)}-2`, 2000],
  );
  await reader.close();
  const response = await call("GET", "/v1/events");
  const { headers } = response;
  assertEquals(headers.get("Content-Type"), "text/event-stream");
  assertEquals(headers.get("Cache-Control"), "no-store, no-transform");
  assertEquals(headers.get("X-Accel-Buffering"), "no");
  await response.body?.cancel();
});

apiTest("the readers of a daemon that ends do not return together", async (
  { clock, follow },
) => {
  clock.chances = [0, 0.25, 0.5, 0.75, 0.999_999];
  const retries: (number | undefined)[] = [];
  for (let readers = 0; readers < 5; readers++) {
    const reader = await follow();
    retries.push(reader.retry);
    await reader.close();
  }
  assertEquals(retries, [2_000, 3_000, 4_000, 5_000, 6_000]);
}, { isPolling: false });

apiTest("without follow a stream ends after the events that exist", async (
  setup,
) => {
  const { call, follow, store } = setup;
  await watchMany(setup, 1, 250);
  const epoch = await store.epochOf(250);
  const last = `${epoch}-250`;
  const read = async (id: string, query = "?follow=false") => {
    const reader = await follow({ headers: { "Last-Event-ID": id } }, query);
    const sequences: number[] = [];
    for (let next; (next = await reader.next());) {
      sequences.push(next.data.sequence);
    }
    return { sequences, lastEventId: reader.lastEventId };
  };
  assertEquals((await read("0")).sequences.length, 250);
  assertEquals(await read(`${epoch}-248`), {
    sequences: [249, 250],
    lastEventId: last,
  });
  assertEquals(await read(last), { sequences: [], lastEventId: last });
  // Without an id it says from where on a reader misses nothing.
  const now = await follow({}, "?follow=false");
  assertEquals([await now.next(), now.lastEventId], [undefined, last]);

  const live = await follow({}, "?follow=true");
  await watchMany(setup, 251, 251);
  assertEquals((await live.take(1))[0]?.data.sequence, 251);
  await live.close();
  const refused = await call("GET", "/v1/events?follow=no");
  assertEquals(refused.status, 400);
  assertEquals((await refused.json()).errors, [
    { path: "query.follow", message: "follow is true or false, not 'no'" },
  ]);
}, { isPolling: false });

apiTest("a comment shows that a quiet stream is open", async (setup) => {
  const { clock, core, follow, watch } = setup;
  const reader = await follow();
  await until(() => core.feed.waiting === 1);
  await clock.advance(14_999);
  await watch("7");
  // Had it been quiet for long enough, a comment would have come first.
  assertEquals(types(await reader.take(1)), ["order.watched 7"]);
  assertEquals(reader.comments.length, 1);
  for (let beats = 2; beats <= 4; beats++) {
    await until(() => core.feed.waiting === 1);
    await clock.advance(15_000);
    await reader.quiet();
    assertEquals(reader.comments.length, beats);
  }
  await reader.close();
}, { isPolling: false });

apiTest(
  "Last-Event-ID brings what was missed, then the rest",
  async (setup) => {
    const { follow, store } = setup;
    await watchMany(setup, 1, 350);
    const epoch = await store.epochOf(350);
    const sequences = (messages: Message[]) =>
      messages.map(({ data }) => data.sequence);
    const range = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index);

    const all = await follow({ headers: { "Last-Event-ID": "0" } });
    const late = await follow({ headers: { "last-event-id": `${epoch}-340` } });
    const query = await follow({}, `?lastEventId=${epoch}-345`);
    // A browser comes again with the query it began with, and a later header.
    const both = await follow(
      { headers: { "Last-Event-ID": `${epoch}-349` } },
      `?lastEventId=${epoch}-1`,
    );
    const live = await follow();
    await watchMany(setup, 351, 360);
    assertEquals(sequences(await all.take(360)), range(1, 360));
    assertEquals(sequences(await late.take(20)), range(341, 360));
    assertEquals(sequences(await query.take(15)), range(346, 360));
    assertEquals(sequences(await both.take(11)), range(350, 360));
    assertEquals(sequences(await live.take(10)), range(351, 360));
    for (const reader of [all, late, query, both, live]) await reader.close();
  },
  { isPolling: false },
);

apiTest(
  "a reader who comes again misses nothing and hears nothing twice",
  async (setup) => {
    const { follow } = setup;
    const seed = Math.floor(Math.random() * 2 ** 31);
    // A linear congruential generator: its numbers follow from the seed.
    let state = seed;
    const chance = (below: number) => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor(state / 2 ** 31 * below);
    };
    const heard: number[] = [];
    let lastEventId: string | undefined;
    let watched = 0;
    for (let rounds = 0; rounds < 30; rounds++) {
      const reader = await follow({
        ...(lastEventId && { headers: { "Last-Event-ID": lastEventId } }),
      });
      const more = chance(40);
      const adding = more === 0
        ? undefined
        : watchMany(setup, watched + 1, watched += more);
      const left = watched - heard.length;
      const messages = await reader.take(chance(left + 1));
      heard.push(...messages.map(({ data }) => data.sequence));
      await reader.close();
      lastEventId = reader.lastEventId;
      await adding;
    }
    const reader = await follow({ headers: { "Last-Event-ID": lastEventId! } });
    const rest = await reader.take(watched - heard.length);
    heard.push(...rest.map(({ data }) => data.sequence));
    await reader.close();
    assertEquals(
      heard,
      Array.from({ length: watched }, (_, index) => index + 1),
      `seed ${seed}`,
    );
  },
  { isPolling: false },
);

apiTest("an id of another history is refused", async (setup) => {
  const { call, store } = setup;
  await watchMany(setup, 1, 3);
  const epoch = await store.epochOf(3);
  for (
    const id of ["4", "3", `${epoch}-4`, `${epoch}-0`, "0123456789abcdef-3"]
  ) {
    const response = await call("GET", "/v1/events", {
      headers: { "Last-Event-ID": id },
    });
    assertEquals(response.status, 409, id);
    const { code, detail } = await response.json();
    assertEquals(code, "unknown_event");
    assertEquals(
      detail,
      `Cannot go on after event ${id}: this database does not have it; it was ` +
        "restored from a backup since, or is another one. Read how orders " +
        "stand from GET /v1/orders, and connect without Last-Event-ID, or " +
        "with 0 to get all events again",
    );
  }
  const last = await setup.follow({
    headers: { "Last-Event-ID": `${epoch}-3` },
  });
  await last.close();
}, { isPolling: false });

apiTest("what is no id of an event is refused", async ({ call }) => {
  for (
    const id of ["-1", "1.5", "abc", "1e3", "9".repeat(16), "a-b-1", "ab-"]
  ) {
    const message = "the id of an event is what the stream sent as its id, " +
      `or 0 for all events, not '${id}'`;
    const header = await call("GET", "/v1/events", {
      headers: { "Last-Event-ID": id },
    });
    assertEquals(header.status, 400);
    assertEquals((await header.json()).errors, [
      { path: "header.last-event-id", message },
    ]);
    const query = await call("GET", `/v1/events?lastEventId=${id}`);
    assertEquals((await query.json()).errors, [
      { path: "query.lastEventId", message },
    ]);
  }
});
