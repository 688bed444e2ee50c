import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { SlewedClock } from "../../../daemon/cluster/slewed_clock.ts";
import {
  Membership,
  type MembershipChange,
} from "../../../daemon/cluster/membership.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import { beginWatch } from "../../../daemon/polling/watched_order.ts";
import { test } from "../../helpers/client/testing.ts";
import { Disk } from "../../helpers/store/model_store.ts";
import { ScriptedLeases } from "../../helpers/polling/scripted_leases.ts";
import { settle, TrackerSetup } from "../../helpers/polling/tracker_setup.ts";

/** A daemon among others, in virtual time. */
class MemberSetup extends TrackerSetup {
  readonly leases = new ScriptedLeases(this.clock);
  readonly date = new SlewedClock(() => this.clock.now(), 0);
  readonly changes: MembershipChange[] = [];
  /** What its webhooks were told. */
  readonly delivered: ("begin" | "end")[] = [];
  readonly membership: Membership;
  /** How far the machine's date has moved on without its steady clock. */
  slept = 0;

  constructor() {
    super(new Disk(), {
      canPoll: () => this.membership.canPoll,
      hasLease: () => this.membership.hasLease,
    });
    this.membership = new Membership({
      leases: this.leases,
      tracker: this.tracker,
      clock: this.clock,
      wallNow: () => this.clock.date().getTime() + this.slept,
      date: this.date,
      maxRequestsPerSecond: 10,
      deliverer: {
        begin: () => this.delivered.push("begin"),
        end: () => this.delivered.push("end"),
      },
      onChange: (change) => this.changes.push(change),
    });
    this.tracker.run();
  }

  /** Nobody holds so many orders, which are due in a while. */
  free(count: number, milliseconds = 0): void {
    for (let left = count; left > 0; left--) {
      const now = this.clock.date().getTime();
      const { watch } = beginWatch(String(left), null, now);
      this.leases.free.push({ ...watch, nextPollAt: now + milliseconds });
    }
  }

  /** Joins, renews once, and asks about the orders that are free. */
  async join(): Promise<void> {
    await this.membership.start();
    await settle();
  }

  /** Ends. */
  async end(): Promise<void> {
    this.leases.answer = Promise.resolve();
    await this.membership.leave();
    await this.tracker.stop(0);
  }
}

/** Runs a test of a membership. */
function memberTest(
  name: string,
  run: (setup: MemberSetup) => Promise<void>,
): void {
  test(name, async () => {
    const setup = new MemberSetup();
    await run(setup);
    await setup.end();
    assertEquals(setup.clock.pending, 0);
  });
}

memberTest(
  "a daemon joins, takes its part and asks a second later",
  async (setup) => {
    const { clock, leases, membership, tracker } = setup;
    setup.free(3);
    leases.standing.fairHeld = 2;
    assertEquals(membership.canPoll, false);
    await setup.join();
    assertEquals(membership.canPoll, true);
    assertEquals(leases.asked, ["join", "renew", "claim 2"]);
    assertEquals(leases.renewals, [
      { maxRequestsPerSecond: 10, slots: 0, held: 0, canDeliver: true },
    ]);
    assertEquals([tracker.census.size, tracker.upstream.rate], [2, 10]);
    await clock.advance(999);
    assertEquals(setup.questions, []);
    await clock.advance(1);
    assertEquals(setup.questions.length, 1);
    assertEquals(leases.renewals.at(-1), {
      maxRequestsPerSecond: 10,
      slots: 10,
      held: 2,
      canDeliver: true,
    });
    assertEquals(setup.changes, [
      { type: "joined", number: 1 },
      { type: "daemons", daemons: 1 },
    ]);
  },
);

memberTest("a daemon that cannot join says so", async (setup) => {
  setup.leases.isAway = true;
  await assertRejects(() => setup.membership.start(), StoreError);
  assertStringIncludes(setup.membership.fault!, "holds no lease");
});

memberTest("a lease is renewed every second, more or less", async (setup) => {
  const { clock, leases } = setup;
  await setup.join();
  await clock.advance(10_000);
  assertEquals(leases.renewals.length, 11);
  clock.chances = [0.5];
  await clock.advance(1_000);
  leases.renewals.length = 0;
  await clock.advance(9_000);
  assertEquals(leases.renewals.length, 10);
});

memberTest(
  "a store that is away is asked on until the lease ends",
  async (setup) => {
    const { changes, clock, leases, membership, tracker } = setup;
    setup.free(1);
    await setup.join();
    await clock.advance(1_000);
    const question = await setup.question();
    leases.isAway = true;
    // The last renewal that was answered was sent at 1 second.
    await clock.advance(3_999);
    assertEquals(membership.canPoll, true);
    await clock.advance(1);
    assertEquals(membership.canPoll, false);
    assertEquals([tracker.inFlight, membership.fault], [1, undefined]);
    await clock.advance(499);
    assertEquals(tracker.inFlight, 1);
    await clock.advance(1);
    await settle();
    assertEquals([tracker.inFlight, tracker.census.size], [0, 0]);
    assertEquals(changes.at(-1), {
      type: "lost",
      reason: "It was not renewed: the database is away",
    });
    await clock.advance(60_000);
    assertStringIncludes(
      membership.fault!,
      "asks nothing: the database is away",
    );
    await question.answer("FINISHED");
    assertEquals(setup.happened, []);

    leases.isAway = false;
    setup.free(1);
    await clock.advance(1_000);
    await settle();
    assertEquals(membership.fault, undefined);
    assertEquals(changes.at(-1), { type: "joined", number: 2 });
    assertEquals([tracker.census.size, setup.questions.length], [1, 0]);
    await clock.advance(1_000);
    assertEquals(setup.questions.length, 1);
  },
);

memberTest(
  "a renewal that hangs ends the lease, and its answer comes too late",
  async (setup) => {
    const { changes, clock, leases, membership, tracker } = setup;
    await setup.join();
    const { promise, resolve } = Promise.withResolvers<void>();
    leases.answer = promise;
    await clock.advance(4_500);
    await settle();
    assertEquals(changes.at(-1), {
      type: "lost",
      reason: "It was not renewed: the database has not answered in time",
    });
    assertEquals(leases.renewals.length, 2, "one at a time");
    assertEquals(leases.asked.at(-1), "join", "it is not waited for");
    await clock.advance(1_000);
    leases.standing.slots = 3;
    resolve();
    await settle();
    assertEquals(changes.at(-1), { type: "joined", number: 2 });
    assertEquals(membership.canPoll, true);
    assertEquals(tracker.upstream.rate, 3);
  },
);

memberTest("a renewal that is slow opens the gate again", async (setup) => {
  const { clock, leases, membership } = setup;
  setup.free(1, 4_100);
  await setup.join();
  const { promise, resolve } = Promise.withResolvers<void>();
  leases.answer = promise;
  await clock.advance(4_200);
  assertEquals([membership.canPoll, setup.questions.length], [false, 0]);
  resolve();
  await settle();
  assertEquals([membership.canPoll, setup.questions.length], [true, 1]);
});

memberTest(
  "a lease that the store has ended is lost at once",
  async (setup) => {
    const { changes, clock, leases, tracker } = setup;
    setup.free(2);
    await setup.join();
    leases.hasEnded = true;
    await clock.advance(1_000);
    await settle();
    assertEquals([tracker.census.size, tracker.inFlight], [0, 0]);
    assertEquals(changes.at(-1), {
      type: "lost",
      reason: "The database has ended it.",
    });
    await clock.advance(1_000);
    assertEquals(changes.at(-1), { type: "joined", number: 2 });
  },
);

memberTest("a lease is counted from before it was renewed", async (setup) => {
  const { clock, leases, membership } = setup;
  await setup.join();
  const { promise, resolve } = Promise.withResolvers<void>();
  leases.answer = promise;
  await clock.advance(3_000);
  resolve();
  leases.answer = new Promise(() => {});
  await settle();
  // That renewal was sent at 1 second.
  await clock.advance(1_999);
  assertEquals(membership.canPoll, true);
  await clock.advance(1);
  assertEquals(membership.canPoll, false);
});

memberTest(
  "nothing is asked by a new lease before it has slots",
  async (setup) => {
    const { clock, leases, membership, tracker } = setup;
    await setup.join();
    leases.hasEnded = true;
    await clock.advance(1_000);
    leases.renew = () => new Promise(() => {});
    await clock.advance(1_000);
    assertEquals([membership.canPoll, tracker.upstream.rate], [true, 0]);
    await setup.watch();
    await clock.advance(1_000);
    assertEquals(setup.questions, []);
  },
);

memberTest("a claim that comes after the lease is not taken", async (setup) => {
  const { clock, leases, tracker } = setup;
  await setup.join();
  setup.free(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  await clock.advance(999);
  const claim = leases.claim.bind(leases);
  leases.claim = async (limit, take) => {
    await promise;
    return claim(limit, take);
  };
  await clock.advance(1);
  leases.hasEnded = true;
  await clock.advance(1_000);
  resolve();
  await settle();
  assertEquals([leases.free.length, tracker.census.size], [0, 0]);
});

memberTest("a machine that slept asks nothing when it wakes", async (setup) => {
  const { changes, clock, leases, membership, tracker } = setup;
  setup.free(1);
  await setup.join();
  setup.slept = 60_000;
  leases.hasEnded = true;
  assertEquals(membership.canPoll, false);
  await clock.advance(1_000);
  await settle();
  assertEquals([setup.questions.length, tracker.census.size], [0, 0]);
  assertEquals(changes.at(-1)?.type, "lost");
  assertEquals(leases.renewals.length, 1, "what was left is known without");
});

memberTest("a machine that slept hears no answer", async (setup) => {
  const { clock, membership } = setup;
  setup.free(1);
  await setup.join();
  await clock.advance(1_000);
  const question = await setup.question();
  assertEquals(membership.hasLease, true);
  setup.slept = 60_000;
  assertEquals(membership.hasLease, false);
  await question.answer("FINISHED");
  assertEquals([setup.happened, setup.polls], [[], []]);
});

memberTest("the date is right again after a sleep", async (setup) => {
  await setup.join();
  setup.slept = setup.leases.skew = 60_000;
  await setup.clock.advance(2_000);
  await settle();
  assertEquals(setup.changes.at(-1), { type: "joined", number: 2 });
  assertEquals(setup.date.now, setup.leases.date);
});

memberTest("answers still count when nothing more is asked", async (setup) => {
  const { clock, leases, membership } = setup;
  setup.free(1);
  await setup.join();
  await clock.advance(1_000);
  const question = await setup.question();
  leases.isAway = true;
  await clock.advance(4_200);
  assertEquals([membership.canPoll, membership.hasLease], [false, true]);
  await question.answer("PROCESSING");
  assertEquals(setup.polls.length, 1);
});

memberTest(
  "a slot is given up at once, and told of a window later",
  async (setup) => {
    const { clock, leases, tracker } = setup;
    await setup.join();
    leases.standing = { ...leases.standing, fairSlots: 5, daemons: 2 };
    await clock.advance(1_000);
    assertEquals(tracker.upstream.rate, 5);
    await clock.advance(1_000);
    leases.standing = { ...leases.standing, fairSlots: 10, slots: 7 };
    await clock.advance(2_000);
    assertEquals(leases.renewals.map(({ slots }) => slots), [0, 10, 10, 5, 7]);
    assertEquals(tracker.upstream.rate, 7);
  },
);

memberTest("whoever has no slot gives its orders up", async (setup) => {
  const { clock, leases, tracker } = setup;
  setup.free(2);
  await setup.join();
  leases.standing = { ...leases.standing, fairSlots: 0 };
  await clock.advance(1_000);
  await settle();
  assertEquals(leases.asked.at(-1), "release 1");
  assertEquals([tracker.census.size, tracker.upstream.rate], [1, 0]);
  await (await setup.question()).answer("PROCESSING");
  await clock.advance(1_000);
  await settle();
  assertEquals(leases.asked.at(-1), "release 2");
  assertEquals([tracker.census.size, setup.questions.length], [0, 0]);
});

memberTest("another limit is told of, and that it is over", async (setup) => {
  const { changes, clock, leases, membership } = setup;
  await setup.join();
  leases.standing = {
    ...leases.standing,
    fairSlots: 0,
    fairHeld: 0,
    otherLimit: Infinity,
  };
  await clock.advance(1_000);
  assertEquals(changes.at(-1), { type: "other_limit", otherLimit: Infinity });
  assertStringIncludes(
    membership.fault!,
    "go by no limit and this one was told 10 requests a second",
  );
  leases.standing = {
    ...leases.standing,
    fairSlots: 10,
    otherLimit: undefined,
  };
  await clock.advance(1_000);
  assertEquals(changes.at(-1), { type: "other_limit", otherLimit: undefined });
  assertEquals(membership.fault, undefined);
});

memberTest(
  "a daemon that delivers webhooks does so to the end of its lease",
  async (setup) => {
    const { changes, clock, delivered, leases, membership } = setup;
    await setup.join();
    assertEquals([membership.isLeader, delivered], [false, []]);
    leases.standing = { ...leases.standing, delivers: true };
    await clock.advance(3_000);
    assertEquals([membership.isLeader, delivered], [true, ["begin"]]);
    assertEquals(changes.at(-1), { type: "delivers" });
    leases.isAway = true;
    // The last renewal may have been 1 s ago.
    await clock.advance(3_400);
    assertEquals([membership.isLeader, delivered], [true, ["begin"]]);
    await clock.advance(1_100);
    assertEquals([membership.isLeader, delivered], [false, ["begin", "end"]]);
    leases.isAway = false;
    leases.hasEnded = false;
    await clock.advance(2_000);
    assertEquals(membership.isLeader, true);
    assertEquals(delivered, ["begin", "end", "begin"]);
    // As if somebody had meddled with the database.
    leases.standing = { ...leases.standing, delivers: false };
    await clock.advance(1_000);
    assertEquals([membership.isLeader, delivered.at(-1)], [false, "end"]);
    // Who stops is not to begin with it.
    membership.close();
    await clock.advance(1_000);
    assertEquals(leases.renewals.at(-1)?.canDeliver, false);
  },
);

memberTest(
  "a daemon that slept delivers nothing before it knows that it may",
  async (setup) => {
    const { clock, delivered, leases, membership } = setup;
    leases.standing = { ...leases.standing, delivers: true };
    await setup.join();
    assertEquals(membership.isLeader, true);
    setup.slept = 4_600;
    assertEquals(membership.isLeader, false);
    assertEquals(delivered, ["begin"]);
    await clock.advance(1_000);
    assertEquals(delivered.slice(0, 2), ["begin", "end"]);
  },
);

memberTest("the date is the store's", async (setup) => {
  await setup.clock.advance(5_000);
  await setup.join();
  assertEquals(setup.date.now, setup.leases.date);
  await setup.clock.advance(3_600_000);
  assertEquals(setup.date.now, setup.leases.date);
  setup.leases.skew = 1_000;
  await setup.clock.advance(60_000);
  const behind = setup.leases.date - setup.date.now;
  assert(behind > 390 && behind < 420, `${behind} ms behind`);
  await setup.clock.advance(60_000);
  assertEquals(Math.round(setup.leases.date - setup.date.now), 0);
});

memberTest("a daemon leaves when its questions are answered", async (setup) => {
  const { clock, leases, membership, tracker } = setup;
  setup.free(1);
  await setup.join();
  await clock.advance(1_000);
  const question = await setup.question();
  membership.close();
  setup.free(1);
  await clock.advance(2_000);
  assertEquals(leases.asked.filter((one) => one.startsWith("claim")), [
    "claim 100",
  ]);
  const stopped = tracker.stop(5_000);
  await question.answer("PROCESSING");
  await stopped;
  await membership.leave();
  assertEquals(leases.asked.at(-1), "leave");
  assertEquals([membership.canPoll, tracker.census.size], [false, 0]);
});

memberTest(
  "a daemon that stops claims nothing by a new lease",
  async (setup) => {
    const { clock, leases, membership } = setup;
    await setup.join();
    membership.close();
    leases.hasEnded = true;
    await clock.advance(1_000);
    setup.free(1);
    await clock.advance(2_000);
    assertEquals(leases.asked.slice(3), ["join", "renew", "renew"]);
  },
);

memberTest("a daemon leaves though the store is away", async (setup) => {
  await setup.join();
  setup.leases.isAway = true;
  await setup.membership.leave();
  assertEquals(setup.leases.asked.at(-1), "leave");
});

memberTest(
  "what was watched by the lease before is let go of",
  async (setup) => {
    const { clock, leases, tracker } = setup;
    await setup.join();
    leases.hasEnded = true;
    await clock.advance(1_000);
    await settle();
    // The store has not ended the lease yet as far as this event knows.
    await setup.watch("7");
    assertEquals(tracker.census.size, 1);
    await clock.advance(1_000);
    await settle();
    assertEquals(tracker.census.size, 0);
    await clock.advance(5_000);
    assertEquals(setup.questions, []);
  },
);
