import { assertEquals, assertThrows } from "@std/assert";
import type { TrackerOptions } from "../../../daemon/polling/tracker.ts";
import { type NumberOrder, RateLimitError } from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { orderOf } from "../../helpers/polling/testing.ts";
import { settle, TrackerSetup } from "../../helpers/polling/tracker_setup.ts";

/** A request that still connects. */
interface Connecting {
  id: string;
  /** Its connection stands: it comes to the gate. */
  connected(): number;
  /** What comes of it. */
  ended: PromiseWithResolvers<NumberOrder>;
}

/** A tracker whose requests take a while until they can be sent. */
function connectingSetup(
  options: Partial<TrackerOptions> = {},
): { setup: TrackerSetup; connecting: Connecting[] } {
  const connecting: Connecting[] = [];
  const setup: TrackerSetup = new TrackerSetup(new Disk(), {
    ask: (id) => {
      const ended = Promise.withResolvers<NumberOrder>();
      const connected = () => {
        try {
          return setup.tracker.admit(id);
        } catch (error) {
          ended.reject(error);
          throw error;
        }
      };
      connecting.push({ id, connected, ended });
      return ended.promise;
    },
    ...options,
  });
  return { setup, connecting };
}

test("a request that is too late for its lease is not sent, but begun again", async () => {
  let canPoll = true;
  const { setup, connecting } = connectingSetup({ canPoll: () => canPoll });
  const { clock, polls, tracker } = setup;
  tracker.run();
  await setup.watch("1");
  assertEquals(connecting.length, 1);
  canPoll = false;
  assertThrows(() => connecting[0]!.connected(), Error, "too late");
  await settle();
  assertEquals([polls.length, tracker.inFlight], [0, 0]);
  canPoll = true;
  await clock.advance(1_000);
  assertEquals(connecting.map(({ id }) => id), ["1", "1"]);
  assertEquals(connecting[1]!.connected(), 0);
  connecting[1]!.ended.resolve(orderOf({ id: "1" }));
  await settle();
  assertEquals(polls.map(({ result }) => result), ["ok"]);
});

test("no request is sent once CallFire has asked for a pause", async () => {
  const { setup, connecting } = connectingSetup();
  const { clock, polls, tracker } = setup;
  tracker.run();
  await setup.watch("1");
  await setup.watch("2");
  assertEquals(connecting[0]!.connected(), 0);
  connecting[0]!.ended.reject(
    new RateLimitError("too many", { status: 429, retryAfter: 60_000 }),
  );
  await settle();
  assertThrows(() => connecting[1]!.connected(), Error, "too late");
  await settle();
  assertEquals(polls.map(({ result }) => result), ["rate_limited"]);
  await clock.advance(59_999);
  assertEquals(connecting.length, 2);
  await clock.advance(20_000);
  assertEquals(connecting.slice(2).map(({ id }) => id).sort(), ["1", "2"]);
});

test("a request is not sent while its daemon has no part of the limit", async () => {
  const { setup, connecting } = connectingSetup();
  const { clock, tracker } = setup;
  tracker.run();
  await setup.watch("1");
  tracker.limit(0);
  assertThrows(() => connecting[0]!.connected(), Error, "too late");
  tracker.limit(5);
  await settle();
  await clock.advance(1_000);
  assertEquals(connecting.map(({ id }) => id), ["1", "1"]);
});

test("a poll takes as long as its exchange, whatever the wait before it", async () => {
  const { setup, connecting } = connectingSetup();
  const { clock, polls, tracker } = setup;
  tracker.run();
  await setup.watch("1");
  await clock.advance(700);
  assertEquals(connecting[0]!.connected(), 0);
  await clock.advance(30);
  connecting[0]!.ended.resolve(orderOf({ id: "1" }));
  await settle();
  assertEquals(polls.map(({ duration }) => duration), [30]);
});
