import { assert, assertEquals } from "@std/assert";
import { beginWatch } from "../../../daemon/polling/watched_order.ts";
import type { WatchedOrder } from "../../../daemon/polling/watched_order.ts";
import {
  MIN_INTERVAL_MS,
  type NumberOrder,
  RateLimitError,
} from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { orderOf } from "../../helpers/polling/testing.ts";
import {
  ID,
  settle,
  TrackerSetup,
} from "../../helpers/polling/tracker_setup.ts";

/** A watch that is due in a while, by the tracker's date. */
function watchDueIn(
  { clock }: TrackerSetup,
  id: string,
  milliseconds: number,
): WatchedOrder {
  const now = clock.date().getTime();
  const { watch } = beginWatch(id, null, now);
  const nextPollAt = now + milliseconds;
  return { ...watch, polls: 1, lastPolledAt: now, nextPollAt };
}

/** A tracker that runs and holds orders, each due a second after the other. */
function holding(count: number): TrackerSetup {
  const setup = new TrackerSetup();
  setup.tracker.run();
  setup.tracker.take(
    Array.from(
      { length: count },
      (_, at) => watchDueIn(setup, String(at + 1), 1_000 * (at + 1)),
    ),
  );
  return setup;
}

test("an order that is taken is left alone for the least time", async () => {
  const setup = new TrackerSetup();
  const { clock, tracker } = setup;
  tracker.run();
  tracker.take([
    watchDueIn(setup, "1", 5_000),
    watchDueIn(setup, "2", -100),
    watchDueIn(setup, "3", -5_000),
  ]);
  assertEquals(tracker.census.size, 3);
  await clock.advance(MIN_INTERVAL_MS - 1);
  assertEquals(setup.questions, []);
  await clock.advance(1);
  assertEquals(setup.questions.map(({ id }) => id), ["3", "2"]);
  await clock.advance(4_000);
  assertEquals(setup.questions.map(({ id }) => id), ["3", "2", "1"]);
});

test("an order that is taken back while an answer is stored waits too", async () => {
  const setup = new TrackerSetup();
  const { clock, tracker } = setup;
  tracker.run();
  await setup.watch();
  const { promise, resolve } = Promise.withResolvers<void>();
  setup.disk = promise;
  await (await setup.question()).answer("PROCESSING");
  tracker.drop();
  await clock.advance(5_000);
  tracker.take([watchDueIn(setup, ID, -5_000)]);
  resolve();
  await settle();
  await clock.advance(MIN_INTERVAL_MS - 1);
  assertEquals(setup.questions, []);
  await clock.advance(1);
  assertEquals(setup.questions.length, 1);
});

test("those due last are released, unless they are being asked about", async () => {
  const setup = holding(5);
  const { clock, tracker } = setup;
  await clock.advance(1_000);
  const [question] = [await setup.question()];
  assertEquals(question.id, "1");
  assertEquals(tracker.release(2).map(({ id }) => id), ["5", "4"]);
  assertEquals(tracker.release(9).map(({ id }) => id), ["3", "2"]);
  assertEquals(tracker.census.size, 1);
  await question.answer("PROCESSING");
  await clock.advance(60_000);
  assertEquals(setup.questions.map(({ id }) => id), ["1"]);
});

test("a watch is released as it stands", async () => {
  const setup = new TrackerSetup();
  setup.tracker.run();
  await setup.watch();
  await (await setup.question()).answer("PROCESSING");
  const [watch] = setup.tracker.release(1);
  assertEquals([watch?.polls, watch?.order?.status], [1, "PROCESSING"]);
});

test("dropping gives up the questions that are out, and asks no more", async () => {
  const setup = holding(3);
  const { clock, tracker } = setup;
  await clock.advance(1_000);
  const question = await setup.question();
  assertEquals(tracker.inFlight, 1);
  tracker.drop();
  await settle();
  assertEquals([tracker.inFlight, tracker.census.size], [0, 0]);
  await question.answer("FINISHED");
  assertEquals(setup.happened, []);
  await clock.advance(60_000);
  assertEquals(setup.questions, []);
  // What is taken later is asked about as ever.
  tracker.take([watchDueIn(setup, "1", 0)]);
  await clock.advance(1_000);
  await (await setup.question()).answer("PROCESSING");
  assertEquals(setup.polls.length, 1);
});

/** A question is out, and its order is not held any more. */
async function askedAndNotHeld() {
  const holding = { is: true };
  const setup = new TrackerSetup(new Disk(), { hasLease: () => holding.is });
  const { clock, tracker } = setup;
  tracker.run();
  await setup.watch();
  holding.is = false;
  return { clock, holding, question: await setup.question(), setup, tracker };
}

test("an answer does not count once the orders are not held", async () => {
  const { clock, holding, question, setup, tracker } = await askedAndNotHeld();
  await question.answer("FINISHED");
  assertEquals(setup.happened, [`order.watched ${ID}`]);
  assertEquals([setup.polls, tracker.find(ID)?.polls], [[], 0]);
  holding.is = true;
  await clock.advance(MIN_INTERVAL_MS);
  await (await setup.question()).answer("FINISHED");
  assertEquals(setup.happened.at(-1), `order.settled ${ID}`);
});

test("what CallFire asks for counts once the orders are not held", async () => {
  const { clock, holding, question, setup } = await askedAndNotHeld();
  await question.fail(
    new RateLimitError("too many", { status: 429, retryAfter: 20_000 }),
  );
  holding.is = true;
  await clock.advance(19_000);
  assertEquals(setup.questions, []);
  await clock.advance(2_000);
  await setup.question();
});

test("an answer that comes though it was given up does not count", async () => {
  const { promise, resolve } = Promise.withResolvers<NumberOrder>();
  const setup = new TrackerSetup(new Disk(), { ask: () => promise });
  const { clock, tracker } = setup;
  tracker.run();
  await setup.watch();
  const watch = tracker.find(ID)!;
  tracker.drop();
  tracker.take([watch]);
  resolve(orderOf({ id: ID, status: "FINISHED" }));
  await settle();
  assertEquals([setup.polls.length, tracker.census.size], [0, 1]);
  await clock.advance(MIN_INTERVAL_MS);
  assertEquals(setup.happened.at(-1), `order.settled ${ID}`);
});

test("nothing is asked while the gate is closed", async () => {
  let isOpen = false;
  const setup = new TrackerSetup(new Disk(), { canPoll: () => isOpen });
  setup.tracker.run();
  await setup.watch();
  await setup.clock.advance(60_000);
  assertEquals(setup.questions, []);
  isOpen = true;
  setup.tracker.limit(10);
  await settle();
  assertEquals(setup.questions.length, 1);
});

test("a limit that is changed holds from then on", async () => {
  const setup = new TrackerSetup();
  const { clock, tracker } = setup;
  tracker.run();
  tracker.limit(0);
  for (const id of ["1", "2", "3"]) await setup.watch(id);
  await clock.advance(60_000);
  assertEquals(setup.questions, []);
  tracker.limit(1);
  await clock.advance(1_500);
  assertEquals(setup.questions.length, 2);
  tracker.limit(Infinity);
  await settle();
  assertEquals(setup.questions.length, 3);
});

test("an answer that the store does not take is asked for later", async () => {
  const setup = new TrackerSetup();
  const { clock, store, tracker } = setup;
  tracker.run();
  await setup.watch();
  // Another lease holds the order, and this daemon has not heard of that yet.
  store.update = () => Promise.resolve(false);
  await (await setup.question()).answer("PROCESSING");
  assertEquals(setup.storage, [], "it is no fault of the store");
  await clock.advance(4_999);
  assertEquals(setup.questions, []);
  await clock.advance(1);
  assert(await setup.question());
});
