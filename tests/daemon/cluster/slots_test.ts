import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { limitWindow } from "../../../daemon/polling/request_limit.ts";
import {
  allocateSlots,
  slotRate,
  type SlotsRequest,
} from "../../../daemon/cluster/slots.ts";
import { test } from "../../helpers/client/testing.ts";
import { SharedLimit } from "../../helpers/polling/shared_limit.ts";

const LIMITS = [0.2, 0.5, 1, 1.5, 2, 2.5, 7, 10, 33.3];

/** What a daemon with the second lease asks for; what is not told is usual. */
function request(given: Partial<SlotsRequest> = {}): SlotsRequest {
  return {
    maxRequestsPerSecond: 10,
    number: 2,
    using: 0,
    others: [],
    watched: 100,
    ...given,
  };
}

/** Another lease that lasts; what is not told is usual. */
function lease(number: number, slots: number, maxRequestsPerSecond = 10) {
  return { number, slots, maxRequestsPerSecond, endedFor: -3_000 };
}

test("allotSlots() gives all to a daemon that is alone", () => {
  assertEquals(allocateSlots(request()), {
    slots: 10,
    fairSlots: 10,
    fairHeld: 100,
    daemons: 1,
  });
});

test("allotSlots() raises nobody before another one has given up", () => {
  const before = allocateSlots(request({ others: [lease(1, 10)] }));
  assertEquals([before.slots, before.fairSlots], [0, 5]);
  const after = allocateSlots(request({ others: [lease(1, 5)] }));
  assertEquals([after.slots, after.fairSlots], [5, 5]);
});

test("allotSlots() leaves a daemon what it may have used", () => {
  const { slots, fairSlots } = allocateSlots(
    request({ using: 10, others: [lease(3, 0)] }),
  );
  assertEquals([slots, fairSlots], [10, 5]);
});

test("allotSlots() gives what is over to those who came first", () => {
  const fair = [1, 2, 3].map((number) =>
    allocateSlots(request({
      number,
      others: [1, 2, 3].filter((other) => other !== number)
        .map((other) => lease(other, 0)),
    }))
  );
  assertEquals(fair.map(({ fairSlots }) => fairSlots), [4, 3, 3]);
  assertEquals(fair.map(({ fairHeld }) => fairHeld), [40, 30, 30]);
});

test("allotSlots() counts a lease for one window after its end", () => {
  const ended = { ...lease(1, 10), endedFor: 1_019 };
  assertEquals(allocateSlots(request({ others: [ended] })).slots, 0);
  ended.endedFor = 1_020;
  assertEquals(allocateSlots(request({ others: [ended] })).slots, 10);
  assertEquals(allocateSlots(request({ others: [ended] })).daemons, 1);
});

test("allotSlots() lets a daemon with another limit wait for the elder", () => {
  const others = [lease(1, 5, 5), lease(3, 0)];
  assertEquals(allocateSlots(request({ others })), {
    slots: 0,
    fairSlots: 0,
    fairHeld: 0,
    daemons: 3,
    otherLimit: 5,
  });
  // The younger one with the elder's limit is not led astray.
  const younger = request({ number: 3, maxRequestsPerSecond: 5 });
  assertEquals(
    allocateSlots({ ...younger, others: [lease(1, 5, 5), lease(2, 0)] })
      .fairSlots,
    2,
  );
});

test("allotSlots() mixes no two limits", () => {
  // The elder has gone, but one that goes by its limit still asks.
  const others = [lease(3, 2, 5)];
  const { fairSlots, slots } = allocateSlots(request({ others }));
  assertEquals([slots, fairSlots], [0, 10]);
  const unlimited = request({ maxRequestsPerSecond: Infinity, others });
  assertEquals(allocateSlots(unlimited).slots, 0);
  assertEquals(allocateSlots({ ...unlimited, others: [] }).slots, Infinity);
});

test("allotSlots() shares the orders alone where there is no limit", () => {
  const maxRequestsPerSecond = Infinity;
  assertEquals(
    allocateSlots(request({
      maxRequestsPerSecond,
      others: [lease(1, Infinity, Infinity), lease(3, 0, Infinity)],
    })),
    { slots: Infinity, fairSlots: Infinity, fairHeld: 34, daemons: 3 },
  );
});

test("slotRate() lets so many questions through a window", () => {
  fc.assert(fc.property(
    fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    fc.nat({ max: 1_000 }),
    (rate, some) => {
      const worth = Math.ceil(rate);
      const slots = 1 + some % worth;
      const shared = slotRate(slots, rate);
      assertEquals(Math.ceil(shared), slots);
      const window = limitWindow(shared);
      assert(Math.abs(window / limitWindow(rate) - 1) < 1e-9, `${window} ms`);
    },
  ));
  assertEquals([slotRate(0, 2.5), slotRate(0, Infinity)], [0, 0]);
  assertEquals(slotRate(Infinity, Infinity), Infinity);
});

/** The most within any window; a hair's breadth is left to rounding. */
function mostWithin(asked: readonly number[], window: number): number {
  const times = asked.toSorted((one, other) => one - other);
  let first = 0;
  return times.reduce((most, time, place) => {
    while (times[first]! + window - 1e-6 <= time) first++;
    return Math.max(most, place - first + 1);
  }, 0);
}

const command = fc.record({
  kind: fc.constantFrom(
    ...Array<string>(16).fill("renew"),
    ...["lost", "join", "kill", "leave"],
  ),
  who: fc.nat(),
  pause: fc.nat({ max: 300 }).chain((pause) =>
    fc.constantFrom(0, pause, pause, pause, 10 * pause)
  ),
});

test("the account's limit holds whatever daemons do, and is shared fairly", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LIMITS),
      fc.array(command, { maxLength: 120 }),
      (rate, commands) => {
        const shared = new SharedLimit();
        shared.join(rate);
        for (const { kind, who, pause } of commands) {
          shared.pass(pause);
          const { living } = shared;
          const one = living[who % living.length];
          if (!one || kind === "join") shared.join(rate);
          else if (kind === "kill") shared.kill(one);
          else if (kind === "leave") shared.leave(one);
          else shared.renew(one, kind === "renew");
          assert(shared.slots <= Math.ceil(rate), `${shared.slots} slots`);
        }
        const most = mostWithin(shared.asked, limitWindow(rate));
        assert(most <= Math.ceil(rate), `${most} questions in a window`);

        // All who gave nothing of themselves for too long are gone by then.
        const windows = Math.ceil(limitWindow(rate) / 1000);
        shared.renewAll(8 + 2 * windows);
        const { living } = shared;
        const uses = living.map(({ use }) => use.current);
        const fair = living.map(({ standing }) => standing?.fairSlots);
        assertEquals(uses, fair as number[]);
        const sum = uses.reduce((sum, slots) => sum + slots, 0);
        assertEquals(sum, living.length > 0 ? Math.ceil(rate) : 0);
      },
    ),
    { numRuns: 500 },
  );
});

test("the limits of two rollouts never add up", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      const shared = new SharedLimit();
      for (const { kind, who, pause } of commands) {
        shared.pass(pause);
        const { living } = shared;
        const one = living[who % living.length];
        if (!one || kind === "join") shared.join(who % 2 === 0 ? 4 : 2);
        else if (kind === "kill") shared.kill(one);
        else if (kind === "leave") shared.leave(one);
        else shared.renew(one, kind === "renew");
      }
      // Whichever of them counts at a time, it is never more than the larger.
      assert(mostWithin(shared.asked, 1_000) <= 4);
    }),
    { numRuns: 500 },
  );
});
