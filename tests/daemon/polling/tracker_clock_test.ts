import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { orderOf } from "../../helpers/polling/testing.ts";
import {
  ID,
  settle,
  TrackerSetup,
} from "../../helpers/polling/tracker_setup.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A clock whose date a test sets. */
class SteppedClock extends TestClock {
  /** How far its date is ahead. */
  offset = 0;

  override date(): Date {
    return new Date(super.date().getTime() + this.offset);
  }
}

/** A daemon whose CallFire works on every order for ever. */
function daemonOn(
  disk: Disk,
  offset = 0,
): TrackerSetup & { clock: SteppedClock } {
  const clock = new SteppedClock();
  clock.offset = offset;
  const setup = new TrackerSetup(disk, {
    ask: (id) => Promise.resolve(orderOf({ id })),
  }, clock);
  return setup as TrackerSetup & { clock: SteppedClock };
}

async function pass(
  { clock }: TrackerSetup,
  milliseconds: number,
  step = SECOND,
): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await clock.advance(Math.min(left, step));
    await settle();
  }
}

async function stop(setup: TrackerSetup): Promise<void> {
  await setup.tracker.stop(0);
  await setup.store.close();
}

test("an order expires after 24 h, though its daemon restarts every hour", async () => {
  const disk = new Disk();
  let hours = 0;
  for (; hours < 30; hours++) {
    const setup = daemonOn(disk);
    await setup.start();
    if (hours === 0) await setup.watch();
    await pass(setup, HOUR, 10 * SECOND);
    const watch = await setup.store.find(ID);
    await stop(setup);
    if (watch?.outcome) {
      assertEquals(watch.outcome, "expired");
      assertGreaterOrEqual(watch.watchedFor, DAY);
      break;
    }
  }
  // Up to one poll's interval of each hour is lost.
  assertGreaterOrEqual(hours, 23);
  assertLess(hours, 26);
});

test("an order that was watched yesterday survives any date at a start", async () => {
  const disk = new Disk();
  const before = daemonOn(disk);
  await before.start();
  await before.watch();
  await pass(before, HOUR, 10 * SECOND);
  await stop(before);
  for (const offset of [40 * DAY, DAY, 0, -40 * DAY, -22_000 * DAY]) {
    const setup = daemonOn(disk, offset);
    await setup.start();
    await pass(setup, 3 * MINUTE);
    const watch = await setup.store.find(ID);
    assertEquals([offset, watch?.outcome], [offset, null]);
    assertLess(watch!.watchedFor, 2 * HOUR);
    await stop(setup);
  }
});

test("a date that is set while it runs changes no due time and no age", async () => {
  const setup = daemonOn(new Disk());
  const { clock, tracker } = setup;
  await setup.start();
  await setup.watch();
  await pass(setup, 10 * SECOND);
  for (const offset of [8 * HOUR, -8 * HOUR, 40 * DAY, -40 * DAY, 0]) {
    const { polls } = tracker.find(ID)!;
    clock.offset = offset;
    await pass(setup, SECOND);
    const watch = tracker.find(ID)!;
    assertEquals(watch.polls, polls + 1);
    assertEquals(watch.lastPolledAt, clock.date().getTime());
    assertEquals([watch.state, tracker.overdue], ["watching", 0]);
  }
  await pass(setup, 10 * SECOND);
  assertEquals(tracker.overdue, 1);
});
