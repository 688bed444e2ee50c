import { assert, assertEquals } from "@std/assert";
import { MIN_INTERVAL_MS, NetworkError } from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { ID, TrackerSetup } from "../../helpers/polling/tracker_setup.ts";

test("an order is asked about until it settles, and told of once", async () => {
  const setup = new TrackerSetup();
  const { clock, tracker } = setup;
  await setup.start();
  await setup.watch();
  await (await setup.question()).answer("PROCESSING");
  assertEquals(tracker.find(ID)?.polls, 1);
  await clock.advance(999);
  assertEquals(setup.questions, []);
  await clock.advance(1);
  await (await setup.question()).answer("PROCESSING");
  await clock.advance(1000);
  await (await setup.question()).answer("ERRORED");
  assertEquals(setup.happened, [
    `order.watched ${ID}`,
    `order.changed ${ID}`,
    `order.settled ${ID}`,
  ]);
  assertEquals(tracker.find(ID), undefined);
  assertEquals(tracker.census.size, 0);
  await clock.advance(100_000);
  assertEquals(setup.questions, []);
  assertEquals(setup.polls.map(({ result }) => result), ["ok", "ok", "ok"]);
});

test("an order that is forgotten while it is asked about stays so", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  const question = await setup.question();
  assert(await setup.tracker.forget(ID));
  await question.answer("FINISHED");
  assertEquals(setup.happened, [`order.watched ${ID}`, `order.removed ${ID}`]);
  await setup.clock.advance(100_000);
  assertEquals(setup.questions, []);
  assertEquals(await setup.tracker.forget(ID), false);
});

test("an answer to the watch before is no answer to the one after", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  const old = await setup.question();
  await setup.tracker.forget(ID);
  await setup.clock.advance(5);
  await setup.watch();
  await old.answer("FINISHED");
  assertEquals(setup.tracker.find(ID)?.polls, 0);
  assertEquals(setup.questions, []);
  await setup.clock.advance(MIN_INTERVAL_MS);
  await (await setup.question()).answer("ERRORED");
  assertEquals(setup.happened.slice(2), [
    `order.watched ${ID}`,
    `order.settled ${ID}`,
  ]);
  assertEquals(setup.events.at(-1)?.watch.outcome, "errored");
});

test("a label that is given while it is asked about is kept", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  const question = await setup.question();
  await setup.tracker.relabel(ID, "new");
  await question.answer("PROCESSING");
  assertEquals(setup.tracker.find(ID)?.label, "new");
  assertEquals(setup.tracker.find(ID)?.polls, 1);
  await setup.clock.advance(1000);
  const second = await setup.question();
  const labelled = setup.tracker.relabel(ID, "newer");
  await second.answer("FINISHED");
  await labelled;
  assertEquals((await setup.store.find(ID))?.label, "newer");
});

test("a label that is slow to be stored undoes no poll", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  await (await setup.question()).answer("PROCESSING");
  const { promise, resolve } = Promise.withResolvers<void>();
  setup.disk = promise;
  const labelled = setup.tracker.relabel(ID, "new");
  await setup.clock.advance(1000);
  await (await setup.question()).answer("PROCESSING");
  resolve();
  await labelled;
  assertEquals(setup.tracker.find(ID)?.label, "new");
  assertEquals(setup.tracker.find(ID)?.polls, 2);
});

test("what cannot be stored has not happened, and is asked for again", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  setup.isDiskFull = true;
  await (await setup.question()).answer("FINISHED");
  assertEquals(setup.happened, [`order.watched ${ID}`]);
  assertEquals(setup.tracker.find(ID)?.state, "watching");
  assertEquals(setup.storage.length, 1);
  await setup.clock.advance(4_999);
  assertEquals(setup.questions, [], "a full disk is no reason to ask more");
  await setup.clock.advance(1);
  await (await setup.question()).answer("FINISHED");
  assertEquals(setup.storage.length, 1, "it is told once");
  setup.isDiskFull = false;
  await setup.clock.advance(5_000);
  await (await setup.question()).answer("FINISHED");
  assertEquals(setup.happened.at(-1), `order.settled ${ID}`);
  assertEquals(setup.storage.length, 2);
  assertEquals(setup.storage[1], undefined);
});

test("a label that is given before it is asked again changes no due time", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  setup.isDiskFull = true;
  await (await setup.question()).answer("PROCESSING");
  const due = setup.tracker.find(ID)?.nextPollAt;
  assertEquals(due, setup.clock.date().getTime() + 5_000);
  setup.isDiskFull = false;
  await setup.tracker.relabel(ID, "new");
  assertEquals(setup.tracker.find(ID)?.label, "new");
  assertEquals(setup.tracker.find(ID)?.nextPollAt, due);
});

test("a start goes on where it was, after a second at least", async () => {
  const disk = new Disk();
  const before = new TrackerSetup(disk);
  await before.start();
  await before.watch("1");
  await before.watch("2");
  await (await before.question()).answer("PROCESSING");
  await before.tracker.stop(0);

  const setup = new TrackerSetup(disk);
  await setup.tracker.start();
  assertEquals(setup.tracker.census.size, 2);
  await setup.clock.advance(999);
  assertEquals(setup.questions, []);
  await setup.clock.advance(1);
  assertEquals(setup.questions.map(({ id }) => id).sort(), ["1", "2"]);
});

test("a date that was set back between two starts delays nothing", async () => {
  const disk = new Disk();
  const before = new TrackerSetup(disk);
  await before.clock.advance(86_400_000);
  await before.start();
  await before.watch();
  await (await before.question()).answer("PROCESSING");
  await before.tracker.stop(0);

  // Its clock begins a day before the last answer came.
  const setup = new TrackerSetup(disk);
  await setup.tracker.start();
  await setup.clock.advance(1000);
  assertEquals(setup.questions.length, 1);
});

test("a stop waits for answers, and gives up what takes too long", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch("1");
  await setup.watch("2");
  const [first] = [await setup.question(), await setup.question()];
  let isStopped = false;
  const stopped = setup.tracker.stop(5_000).then(() => isStopped = true);
  await first.answer("FINISHED");
  assertEquals(setup.happened.at(-1), "order.settled 1");
  await setup.clock.advance(4_999);
  assertEquals(isStopped, false);
  await setup.clock.advance(1);
  await stopped;
  assertEquals(setup.happened.at(-1), "order.settled 1");
  assertEquals(setup.tracker.find("2")?.polls, 0);
});

test("a fault is told to the metrics and kept with the watch", async () => {
  const setup = new TrackerSetup();
  await setup.start();
  await setup.watch();
  const question = await setup.question();
  await setup.clock.advance(250);
  await question.fail(new NetworkError("broken"));
  assertEquals(setup.polls, [{
    result: "network",
    duration: 250,
    lateness: 0,
  }]);
  const watch = setup.tracker.find(ID);
  assertEquals(watch?.lastError?.code, "network");
  assertEquals(watch?.consecutiveErrors, 1);
});
