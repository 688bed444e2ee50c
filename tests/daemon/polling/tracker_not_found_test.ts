import { assertEquals, assertMatch } from "@std/assert";
import type { Fault } from "../../../daemon/polling/watched_order.ts";
import type { UpstreamState } from "../../../daemon/polling/upstream.ts";
import {
  type NumberOrder,
  NumberOrderNotFoundError,
  ServerError,
} from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { orderOf } from "../../helpers/polling/testing.ts";
import { settle, TrackerSetup } from "../../helpers/polling/tracker_setup.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A daemon on a disk, and a CallFire that answers at once. */
class AnsweredTracker extends TrackerSetup {
  readonly upstreamChanges: UpstreamState[];
  /** What CallFire answers, by the order's id; by default that it works on it. */
  readonly answers: Map<string, Error | NumberOrder>;

  constructor(disk = new Disk()) {
    const answers = new Map<string, Error | NumberOrder>();
    const upstreamChanges: UpstreamState[] = [];
    super(disk, {
      ask(id) {
        const answer = answers.get(id) ?? orderOf({ id });
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve(answer);
      },
      onUpstream: (state: UpstreamState, _fault: Fault | undefined) =>
        upstreamChanges.push(state),
    });
    this.answers = answers;
    this.upstreamChanges = upstreamChanges;
  }

  answer404(...ids: string[]): void {
    for (const id of ids) {
      const error = new NumberOrderNotFoundError("CallFire answered 404");
      this.answers.set(id, error);
    }
  }

  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= SECOND) {
      await this.clock.advance(Math.min(left, SECOND));
      await settle();
    }
  }

  /** How the watches of orders ended. */
  async outcomes(...ids: string[]): Promise<(string | null | undefined)[]> {
    const watches = ids.map((id) => this.store.find(id));
    return (await Promise.all(watches)).map((watch) => watch?.outcome);
  }
}

test("an order that was read 23 times outlives a single 404", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  await setup.watch("7");
  while (setup.tracker.find("7")!.polls < 23) await setup.pass(SECOND);
  setup.answer404("7");
  while (setup.tracker.find("7")!.polls < 24) await setup.pass(SECOND);
  assertEquals(setup.tracker.find("7")?.lastError?.code, "not_found");
  setup.answers.set("7", orderOf({ id: "7", status: "VOID" }));
  await setup.pass(MINUTE);
  assertEquals(await setup.outcomes("7"), ["void"]);
});

test("an order that CallFire never knew settles after 20 s, and 3 polls", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  setup.answer404("7");
  await setup.watch("7");
  await setup.pass(19_999);
  assertEquals(await setup.outcomes("7"), [null]);
  await setup.pass(SECOND);
  assertEquals(await setup.outcomes("7"), ["not_found"]);
});

test("100 wrong ids settle, and are no failing CallFire", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  const ids = Array.from({ length: 100 }, (_, index) => String(index + 1));
  setup.answer404(...ids);
  await setup.tracker.watch(ids.map((id) => ({ id, label: null })));
  setup.tracker.limit(10);
  await setup.pass(2 * MINUTE);
  assertEquals(new Set(await setup.outcomes(...ids)), new Set(["not_found"]));
  assertEquals(setup.upstreamChanges, []);
});

test("a CallFire that answers 404 to all for an hour loses no order", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  const ids = ["1", "2", "3", "4", "5"];
  for (const id of ids) await setup.watch(id);
  await setup.pass(5 * MINUTE);
  setup.answer404(...ids, "99");
  await setup.watch("99");
  await setup.pass(60 * MINUTE);
  assertEquals(await setup.outcomes(...ids), [null, null, null, null, null]);
  assertEquals(await setup.outcomes("99"), [null]);
  assertEquals(setup.upstreamChanges, ["failing"]);
  assertMatch(setup.tracker.upstream.failure!, /404/);
  for (const id of ids) {
    setup.answers.set(id, orderOf({ id, status: "ERRORED" }));
  }
  while (setup.tracker.upstream.state === "failing") await setup.pass(SECOND);
  assertEquals(setup.upstreamChanges, ["failing", "up"]);
  // The one that is unknown all the same begins again.
  assertEquals(await setup.outcomes("99"), [null]);
  await setup.pass(4 * MINUTE);
  assertEquals(new Set(await setup.outcomes(...ids)), new Set(["errored"]));
  assertEquals(await setup.outcomes("99"), ["not_found"]);
});

test("an order that was read and vanishes alone settles after 10 minutes", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  await setup.watch("7");
  await setup.watch("8");
  await setup.pass(5 * MINUTE);
  setup.answer404("7");
  await setup.pass(10 * MINUTE - 1);
  assertEquals(await setup.outcomes("7", "8"), [null, null]);
  await setup.pass(90 * SECOND);
  assertEquals(await setup.outcomes("7", "8"), ["not_found", null]);
  const watch = await setup.store.find("7");
  assertMatch(watch!.lastError!.message, /^CallFire no longer knows order '7'/);
});

test("two orders that vanish together while others are read settle", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  for (const id of ["1", "2", "3"]) await setup.watch(id);
  await setup.pass(MINUTE);
  setup.answer404("1", "2");
  await setup.pass(14 * MINUTE);
  assertEquals(await setup.outcomes("1", "2", "3"), [
    "not_found",
    "not_found",
    null,
  ]);
});

test("the 404s of an order go on after a restart, and by no date", async () => {
  const disk = new Disk();
  const before = new AnsweredTracker(disk);
  await before.start();
  await before.watch("7");
  await before.pass(MINUTE);
  before.answer404("7");
  await before.pass(9 * MINUTE);
  await before.tracker.stop(0);
  await before.store.close();

  // Its clock begins anew, 10 minutes before the last poll.
  const setup = new AnsweredTracker(disk);
  setup.answer404("7");
  await setup.start();
  assertEquals(setup.tracker.find("7")!.notFound!.polls > 3, true);
  await setup.pass(30 * SECOND);
  assertEquals(await setup.outcomes("7"), [null]);
  await setup.pass(3 * MINUTE);
  assertEquals(await setup.outcomes("7"), ["not_found"]);
});

test("the 404s of an order go with it to another daemon", async () => {
  const disk = new Disk();
  const before = new AnsweredTracker(disk);
  before.tracker.run();
  await before.watch("7");
  await before.pass(MINUTE);
  before.answer404("7");
  await before.pass(5 * MINUTE);
  const released = before.tracker.release(1);
  assertEquals(released.length, 1);
  const setup = new AnsweredTracker(disk);
  setup.answer404("7");
  setup.tracker.run();
  setup.tracker.take(released);
  await setup.pass(4 * MINUTE);
  assertEquals(setup.tracker.find("7")?.outcome, null);
  await setup.pass(3 * MINUTE);
  assertEquals(await setup.outcomes("7"), ["not_found"]);
});

test("another error among the 404s begins them again", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  setup.answer404("7");
  await setup.watch("7");
  await setup.pass(15 * SECOND);
  setup.answers.set("7", new ServerError("CallFire answered 502"));
  await setup.pass(SECOND);
  setup.answer404("7");
  await setup.pass(15 * SECOND);
  assertEquals(await setup.outcomes("7"), [null]);
  await setup.pass(15 * SECOND);
  assertEquals(await setup.outcomes("7"), ["not_found"]);
});

test("an error that cannot be stored begins them again all the same", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  setup.answer404("7");
  await setup.watch("7");
  await setup.pass(10 * SECOND);
  setup.isDiskFull = true;
  setup.answers.set("7", new ServerError("CallFire answered 502"));
  await setup.pass(SECOND);
  assertEquals(setup.storage.length, 1);
  setup.isDiskFull = false;
  setup.answer404("7");
  await setup.pass(18 * SECOND);
  assertEquals(await setup.outcomes("7"), [null]);
  await setup.pass(12 * SECOND);
  assertEquals(await setup.outcomes("7"), ["not_found"]);
});

test("a failing CallFire is over when its orders are forgotten", async () => {
  const setup = new AnsweredTracker();
  await setup.start();
  for (const id of ["1", "2"]) await setup.watch(id);
  await setup.pass(MINUTE);
  setup.answer404("1", "2", "99");
  await setup.pass(10 * MINUTE);
  assertEquals(setup.upstreamChanges, ["failing"]);
  for (const id of ["1", "2"]) await setup.tracker.forget(id);
  assertEquals(setup.upstreamChanges, ["failing", "up"]);
  await setup.watch("99");
  await setup.pass(30 * SECOND);
  assertEquals(await setup.outcomes("99"), ["not_found"]);
});
