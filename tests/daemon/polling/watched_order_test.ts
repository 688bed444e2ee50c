import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  applyPollResult,
  beginWatch,
  type EventType,
  type Fault,
  isOverdue,
  type Reading,
  SETTLED_OUTCOMES,
  type SettledOutcome,
  type Transition,
  type TransitionContext,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { type NumberOrder, ORDER_STATUSES } from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  FAULT_CODES,
  faultOf,
  orderOf,
} from "../../helpers/polling/testing.ts";

const BEGAN = Date.UTC(2030, 0, 1, 12);
const HOUR = 3_600_000;
const RULES = { expireAfter: 24 * HOUR, random: 0.5 };

/** A watch that began at `BEGAN`, with what is given in place of the usual. */
function watchOf(given: Partial<WatchedOrder> = {}): WatchedOrder {
  return { ...beginWatch("1642251003", "a label", BEGAN).watch, ...given };
}

/** Takes one reading in, that many milliseconds after the watch began. */
function take(
  { watch = watchOf(), age = 5000, ...said }: {
    watch?: WatchedOrder;
    age?: number;
    order?: NumberOrder;
    fault?: Fault;
  },
  rules: Omit<TransitionContext, "watchedFor"> = RULES,
): Transition {
  const { order, fault } = said;
  const at = BEGAN + age;
  const reading: Reading = fault ? { at, fault } : { at, order: order! };
  const context = { ...rules, watchedFor: age };
  return applyPollResult(deepFreeze(watch), deepFreeze(reading), context);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

function types({ events }: Transition): EventType[] {
  return events.map(({ type }) => type);
}

test("beginWatch() begins a watch that is due at once", () => {
  const transition = beginWatch("1642251003", "a label", BEGAN);
  const watch: WatchedOrder = {
    id: "1642251003",
    label: "a label",
    state: "watching",
    outcome: null,
    order: null,
    watchedAt: BEGAN,
    firstPolledAt: null,
    lastPolledAt: null,
    nextPollAt: BEGAN,
    settledAt: null,
    polls: 0,
    consecutiveErrors: 0,
    lastError: null,
    watchedFor: 0,
    notFound: null,
  };
  assertEquals(transition, {
    watch,
    events: [{ type: "order.watched", at: BEGAN, watch }],
  });
});

test("takeReading() notes a first reading, and tells of it", () => {
  const order = orderOf();
  const transition = take({ order, age: 300 });
  const watch: WatchedOrder = {
    ...watchOf(),
    order,
    firstPolledAt: BEGAN + 300,
    lastPolledAt: BEGAN + 300,
    nextPollAt: BEGAN + 1300,
    polls: 1,
    watchedFor: 300,
  };
  assertEquals(transition, {
    watch,
    events: [{ type: "order.changed", at: BEGAN + 300, watch }],
  });
});

test("takeReading() settles a watch when its order has ended", () => {
  const order = orderOf({ status: "ERRORED" });
  const before = take({ fault: faultOf("network"), age: 300 }).watch;
  const transition = take({ watch: before, order, age: 3000 });
  const watch: WatchedOrder = {
    ...watchOf(),
    state: "settled",
    outcome: "errored",
    order,
    firstPolledAt: BEGAN + 300,
    lastPolledAt: BEGAN + 3000,
    nextPollAt: null,
    settledAt: BEGAN + 3000,
    polls: 2,
    watchedFor: 3000,
  };
  assertEquals(transition, {
    watch,
    events: [{ type: "order.settled", at: BEGAN + 3000, watch }],
  });
});

test("takeReading() notes a fault, and keeps what was read before", () => {
  const order = orderOf();
  const before = take({ order, age: 300 }).watch;
  const fault: Fault = { ...faultOf("timeout"), retryAfter: undefined };
  const transition = take({ watch: before, fault, age: 2000 });
  const watch: WatchedOrder = {
    ...before,
    lastPolledAt: BEGAN + 2000,
    nextPollAt: BEGAN + 3500,
    polls: 2,
    watchedFor: 2000,
    consecutiveErrors: 1,
    lastError: {
      code: "timeout",
      message: "a fault: timeout",
      at: BEGAN + 2000,
    },
  };
  assertEquals(transition, {
    watch,
    events: [{ type: "order.changed", at: BEGAN + 2000, watch }],
  });
});

const two = { ordered: 2, unitCost: 1.5 };
const ENDINGS: [string, Partial<NumberOrder>, SettledOutcome | null][] = [
  ...ORDER_STATUSES.map((status): [string, { status: string }, null] => [
    `an order that is ${status}`,
    { status },
    null,
  ]).filter(([, { status }]) =>
    !["FINISHED", "ERRORED", "VOID", "REJECTED"].includes(status)
  ),
  ["a status that is new to us", { status: "ON_HOLD" }, null],
  ["a status in small letters", { status: "finished" }, null],
  ["ERRORED", { status: "ERRORED" }, "errored"],
  ["VOID", { status: "VOID" }, "void"],
  ["REJECTED", { status: "REJECTED" }, "rejected"],
  ["FINISHED with everything", {
    status: "FINISHED",
    localNumbers: { ...two, fulfilled: ["12135550142", "12135550143"] },
    keywords: { ...two, fulfilled: ["YELLOWTAXI", "ORANGE"] },
  }, "fulfilled"],
  ["FINISHED with some", { status: "FINISHED" }, "partial"],
  ["FINISHED with nothing", {
    status: "FINISHED",
    localNumbers: { ...two, fulfilled: [] },
  }, "unfulfilled"],
  ["FINISHED without a kind that was wanted", {
    status: "FINISHED",
    localNumbers: { ...two, fulfilled: ["12135550142", "12135550143"] },
    tollFreeNumbers: { ...two, fulfilled: [] },
  }, "partial"],
];

for (const [name, given, outcome] of ENDINGS) {
  test(`takeReading() makes of ${name}: ${outcome ?? "go on"}`, () => {
    for (const age of [0, 19_999, 20_000, HOUR]) {
      const { watch, events } = take({ order: orderOf(given), age });
      assertEquals(watch.outcome, outcome);
      assertEquals(watch.state, outcome ? "settled" : "watching");
      assertEquals(watch.nextPollAt === null, outcome !== null);
      assertEquals(
        events.map(({ type }) => type),
        [outcome ? "order.settled" : "order.changed"],
      );
    }
  });
}

for (const code of FAULT_CODES) {
  test(`takeReading() goes on after a fault that is ${code}`, () => {
    for (const age of [0, 19_999, 20_000, HOUR]) {
      const { watch, events } = take({ fault: faultOf(code), age });
      assertEquals(watch.outcome, null);
      assertEquals(watch.order, null);
      assertEquals(watch.lastError?.code, code);
      assertEquals(
        events.map(({ type }) => type),
        ["order.changed"],
      );
    }
  });
}

test("takeReading() gives a watch up at its age, unless it has ended", () => {
  const age = RULES.expireAfter;
  const cases: [Parameters<typeof take>[0], SettledOutcome | null][] = [
    [{ order: orderOf(), age: age - 1 }, null],
    [{ order: orderOf(), age }, "expired"],
    [{ fault: faultOf("network"), age: age - 1 }, null],
    [{ fault: faultOf("network"), age }, "expired"],
    [{ fault: faultOf("unauthorized"), age }, "expired"],
    [{ fault: faultOf("not_found"), age }, "expired"],
    [{ order: orderOf({ status: "VOID" }), age: 2 * age }, "void"],
  ];
  for (const [said, outcome] of cases) {
    const transition = take(said);
    assertEquals(transition.watch.outcome, outcome);
    assertEquals(
      types(transition),
      [outcome ? "order.settled" : "order.changed"],
    );
  }
  const soon = { ...RULES, expireAfter: 1000 };
  const early = take({ fault: faultOf("not_found"), age: 1000 }, soon);
  assertEquals(early.watch.outcome, "expired");
});

test("takeReading() comes to every outcome that there is", () => {
  const outcomes = new Set<SettledOutcome | null>(
    ENDINGS.map(([, , outcome]) => outcome),
  );
  outcomes.delete(null);
  assertEquals(
    [...outcomes, "not_found", "expired"].sort(),
    [...SETTLED_OUTCOMES].sort(),
  );
});

test("takeReading() counts the faults in a row", () => {
  let watch = watchOf();
  const counts: number[] = [];
  const [network, timeout] = [faultOf("network"), faultOf("timeout")];
  const order = orderOf();
  const readings = [network, timeout, order, network, network, network, order];
  for (const [place, reading] of readings.entries()) {
    const said = "code" in reading ? { fault: reading } : { order: reading };
    ({ watch } = take({ watch, age: 1000 * place, ...said }));
    counts.push(watch.consecutiveErrors);
    assertEquals(watch.lastError?.code, said.fault?.code);
  }
  assertEquals(counts, [1, 2, 0, 1, 2, 3, 0]);
  assertEquals(watch.lastError, null);
  assertEquals(watch.polls, readings.length);
  assertEquals(watch.firstPolledAt, BEGAN);
});

const CHANGES: [string, (order: NumberOrder) => void, boolean][] = [
  ["nothing", () => {}, false],
  ["the status", (order) => order.status = "APPROVE_TIER_ONE", true],
  ["the cost", (order) => order.totalCost = 9.75, true],
  [
    "the date",
    (order) => order.created = new Date(order.created.getTime() + 1),
    true,
  ],
  ["a number more", (order) => order.localNumbers!.fulfilled.push("1"), true],
  ["another number", (order) => order.localNumbers!.fulfilled = ["1"], true],
  ["how many were ordered", (order) => order.keywords!.ordered++, true],
  ["a price", (order) => order.keywords!.unitCost += 1, true],
  ["a kind more", (order) => order.tollFreeNumbers = order.keywords!, true],
  ["a kind less", (order) => delete order.keywords, true],
];

for (const [name, change, isChange] of CHANGES) {
  test(`takeReading() tells of a change: ${name}, ${isChange}`, () => {
    const before = take({ order: orderOf(), age: 1000 }).watch;
    const order = orderOf();
    change(order);
    const after = take({ watch: before, order, age: 2000 });
    assertEquals(types(after), isChange ? ["order.changed"] : []);
    assertEquals(after.watch.order, order);
    assertEquals(after.watch.lastPolledAt, BEGAN + 2000);
  });
}

test("takeReading() tells of a fault when it comes, changes and goes", () => {
  let watch = take({ order: orderOf(), age: 0 }).watch;
  const told = ([
    ["network", ["order.changed"]],
    ["network", []],
    ["timeout", ["order.changed"]],
    [null, ["order.changed"]],
    [null, []],
  ] as const).map(([code, expected], place) => {
    const said = code ? { fault: faultOf(code) } : { order: orderOf() };
    const next = take({ watch, age: 1000 * (place + 1), ...said });
    watch = next.watch;
    return [types(next), expected];
  });
  for (const [types, expected] of told) assertEquals(types, [...expected!]);
  // Other words for the same fault are no news.
  const [one, other] = [faultOf("network"), faultOf("network")];
  ({ watch } = take({ watch, fault: one, age: 7000 }));
  other.message = "in other words";
  const next = take({ watch, fault: other, age: 8000 });
  assertEquals(types(next), []);
  assertEquals(next.watch.lastError?.message, "in other words");
});

test("takeReading() keeps the reading that it has when it says the same", () => {
  const before = take({ order: orderOf(), age: 1000 }).watch;
  const { watch } = take({ watch: before, order: orderOf(), age: 2000 });
  assertStrictEquals(watch.order, before.order);
});

test("isOverdue() is true beyond 20 s, until the order is settled", () => {
  const watch = watchOf();
  assertEquals(isOverdue(watch), false);
  assertEquals(isOverdue(watch, 20_000), false);
  assertEquals(isOverdue(watch, 20_001), true);
  const settled = take({ order: orderOf({ status: "VOID" }), age: 30_000 });
  assertEquals(isOverdue(settled.watch, HOUR), false);
});
