import { assertEquals } from "@std/assert";
import {
  type CurrentPause,
  LongPause,
  type Pause,
  type PauseStore,
} from "../../../daemon/polling/long_pause.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { HOUR, MINUTE, SECOND } from "../../helpers/polling/asked_upstream.ts";
import { settle } from "../../helpers/polling/tracker_setup.ts";

/** A store that keeps one pause by the date that it is given. */
class FakePauses implements PauseStore {
  kept: { from: number; until: number; code: Pause["code"] } | undefined;
  isBroken = false;
  saves = 0;

  loadPause(now: number): Promise<Pause | undefined> {
    if (this.isBroken) return Promise.reject(new Error("away"));
    if (!this.kept || this.kept.until <= now) return Promise.resolve(undefined);
    const { code, from, until } = this.kept;
    return Promise.resolve({ code, left: Math.min(until - now, until - from) });
  }

  savePause(pause: Pause | undefined, now: number): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error("away"));
    this.saves++;
    this.kept = pause &&
      { from: now, until: now + pause.left, code: pause.code };
    return Promise.resolve();
  }
}

function setUp(
  store = new FakePauses(),
  clock = new TestClock(),
  isShared = false,
) {
  const changes: (CurrentPause | undefined)[] = [];
  const pausedUntil: number[] = [];
  const pause = new LongPause({
    store,
    isShared,
    upstream: { pauseUntil: (time) => pausedUntil.push(time) },
    clock,
    onChange: (change) => changes.push(change),
  });
  return { changes, clock, pause, pausedUntil, store };
}

const LIMITED = "rate_limited";

test("a long pause is told once, saved, and over by itself", async () => {
  const { changes, clock, pause, pausedUntil, store } = setUp();
  await pause.start();
  const until = clock.date().getTime() + MINUTE;
  pause.asked({ left: MINUTE, code: LIMITED });
  pause.asked({ left: MINUTE, code: LIMITED });
  pause.asked({ left: 30 * SECOND, code: "server_error" });
  await settle();
  assertEquals(pause.current, { until, code: LIMITED });
  assertEquals(changes, [{ until, code: LIMITED }]);
  assertEquals(pausedUntil, [MINUTE]);
  assertEquals([store.kept?.until, store.saves], [until, 1]);
  await clock.advance(MINUTE);
  await settle();
  assertEquals(changes.length, 2);
  assertEquals([pause.current, changes[1], store.kept], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(clock.pending, 0);
});

test("a short pause is none of these", async () => {
  const { changes, pause, pausedUntil, store } = setUp();
  await pause.start();
  pause.asked({ left: 4_999, code: LIMITED });
  assertEquals([pause.current, changes, pausedUntil], [undefined, [], []]);
  assertEquals(store.saves, 0);
});

test("a pause is gone on with after a restart, for as long as it lasts", async () => {
  const { clock, pause, store } = setUp();
  await pause.start();
  pause.asked({ left: 10 * MINUTE, code: "server_error" });
  await clock.advance(MINUTE);
  pause.stop();
  const next = setUp(store, clock);
  await next.pause.start();
  assertEquals(next.pausedUntil, [10 * MINUTE]);
  assertEquals(next.changes.length, 1);
  assertEquals(next.pause.current?.code, "server_error");
  next.pause.stop();
});

test("a pause is never longer than an hour, whatever the clock says", async () => {
  const clock = new TestClock();
  const store = new FakePauses();
  const date = clock.date().getTime();
  // It was saved by a clock that was ahead by forty days.
  const ahead = date + 40 * 24 * HOUR;
  store.kept = { from: ahead, until: ahead + 100 * HOUR, code: LIMITED };
  const { changes, pause, pausedUntil } = setUp(store, clock);
  await pause.start();
  assertEquals(pausedUntil, [HOUR]);
  await clock.advance(HOUR);
  await settle();
  // It is forgotten then, so that the next start does not wait again.
  assertEquals([changes.length, store.kept], [2, undefined]);
});

test("a pause that cannot be saved is saved as soon as it can be", async () => {
  const { clock, pause, store } = setUp();
  await pause.start();
  store.isBroken = true;
  pause.asked({ left: MINUTE, code: LIMITED });
  await clock.advance(10 * SECOND);
  assertEquals(store.kept, undefined);
  store.isBroken = false;
  await clock.advance(SECOND);
  await settle();
  assertEquals(store.kept!.until, clock.date().getTime() + 49 * SECOND);
  pause.stop();
  assertEquals(clock.pending, 0);
});

test("all daemons at a store keep to the pause that one was asked for", async () => {
  const one = setUp(undefined, undefined, true);
  const other = setUp(one.store, one.clock, true);
  await one.pause.start();
  await other.pause.start();
  one.pause.asked({ left: MINUTE, code: LIMITED });
  await settle();
  await one.clock.advance(SECOND);
  await settle();
  assertEquals(other.pausedUntil, [MINUTE]);
  assertEquals(other.changes.length, 1);
  await one.clock.advance(2 * MINUTE);
  await settle();
  assertEquals([one.changes.length, other.changes.length], [2, 2]);
  assertEquals(one.store.kept, undefined);
  one.pause.stop();
  other.pause.stop();
  assertEquals(one.clock.pending, 0);
});
