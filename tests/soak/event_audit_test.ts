import { assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { differences } from "./conservation.ts";
import { EventAudit } from "./event_audit.ts";

const WATCH = {
  id: "7",
  state: "watching",
  outcome: null,
  watchedAt: "",
  settledAt: null,
};
const SETTLED = { ...WATCH, state: "settled", outcome: "void" };

/** What an audit says of events, which are numbered from 1 unless told. */
function broken(
  events: {
    type: string;
    watch?: typeof SETTLED | typeof WATCH;
    at?: number;
  }[],
): string[] {
  const said: string[] = [];
  const audit = new EventAudit((what) => said.push(what));
  events.forEach(({ at, type, watch = WATCH }, place) =>
    audit.take({ sequence: at ?? place + 1, type, watch })
  );
  return said;
}

const WATCHED = { type: "order.watched" };
const CHANGED = { type: "order.changed" };
const END = { type: "order.settled", watch: SETTLED };
const REMOVED = { type: "order.removed", watch: SETTLED };

test("audit: an order may come, change, end, go and be back", () => {
  const life = [WATCHED, CHANGED, END, REMOVED];
  assertEquals(broken([...life, ...life, WATCHED]), []);
});

test("audit: a missing event, one told twice and an end told twice are noticed", () => {
  assertEquals(broken([WATCHED, { ...CHANGED, at: 3 }]), [
    "event 3 was told after event 1",
  ]);
  assertEquals(broken([WATCHED, { ...CHANGED, at: 1 }]), [
    "event 1 was told after event 1",
  ]);
  assertEquals(broken([WATCHED, END, END]), [
    "event 3: 7 ended, and was void",
  ]);
});

test("audit: what happens to no watch, and a watch upon a watch, are noticed", () => {
  assertEquals(broken([CHANGED]), [
    "event 1: order.changed of 7, which was undefined",
  ]);
  assertEquals(broken([WATCHED, WATCHED]), [
    "event 2: order.watched of 7, which was watching",
  ]);
});

test("audit: what the daemon does not agree with is told, the first few", () => {
  const many = new Map(Array.from({ length: 9 }, (_, at) => [`${at}`, 1]));
  assertEquals(differences("orders", many, many), []);
  assertEquals(differences("orders", new Map([["7", 1]]), new Map()), [
    "orders: 7: 1, but the daemon says nothing",
  ]);
  assertEquals(
    differences("orders", many, new Map()).at(-1),
    "orders: 4 more differ",
  );
});
