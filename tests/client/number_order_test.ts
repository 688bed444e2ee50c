import { assertEquals, assertNotEquals } from "@std/assert";
import {
  isTerminal,
  type NumberOrder,
  type NumberOrderItem,
  ORDER_STATUSES,
  type OrderOutcome,
  orderOutcome,
} from "../../mod.ts";
import { copyOrder, isSameOrder } from "../../client/number_order.ts";
import { test } from "../helpers/client/testing.ts";

function order(status: string, rest: Partial<NumberOrder> = {}): NumberOrder {
  return { id: "1", status, created: new Date(0), totalCost: 0, ...rest };
}

function item(ordered: number, ...fulfilled: string[]): NumberOrderItem {
  return { ordered, unitCost: 1, fulfilled };
}

const OUTCOMES: Readonly<Record<string, OrderOutcome>> = {
  NEW: "pending",
  PROCESSING: "pending",
  FINISHED: "fulfilled",
  ERRORED: "errored",
  VOID: "void",
  WAIT_FOR_PAYMENT: "pending",
  ADJUSTED: "pending",
  APPROVE_TIER_ONE: "pending",
  APPROVE_TIER_TWO: "pending",
  REJECTED: "rejected",
};

test("isTerminal() and orderOutcome() know all ten statuses", () => {
  assertEquals(Object.keys(OUTCOMES), [...ORDER_STATUSES]);
  for (const status of ORDER_STATUSES) {
    assertEquals(orderOutcome(order(status)), OUTCOMES[status]);
    const isEnd = OUTCOMES[status] !== "pending";
    assertEquals(isTerminal(order(status)), isEnd);
  }
});

test("isTerminal() takes no status for an end that it does not know", () => {
  for (const status of ["", "finished", "FINISHED ", "DONE", "constructor"]) {
    assertEquals(isTerminal(order(status)), false);
    assertEquals(orderOutcome(order(status)), "pending");
  }
});

const FINISHED: [Partial<NumberOrder>, OrderOutcome][] = [
  [{}, "fulfilled"],
  [{ localNumbers: item(1, "1") }, "fulfilled"],
  [{ localNumbers: item(1, "1", "2") }, "fulfilled"],
  [{ localNumbers: item(0) }, "fulfilled"],
  [{ localNumbers: item(2, "1") }, "partial"],
  [{ localNumbers: item(2) }, "unfulfilled"],
  [{ tollFreeNumbers: item(2, "1") }, "partial"],
  [{ keywords: item(2, "A") }, "partial"],
  [{ localNumbers: item(1, "1"), keywords: item(1, "A") }, "fulfilled"],
  [{ localNumbers: item(1, "1"), keywords: item(1) }, "partial"],
  [{ localNumbers: item(1), tollFreeNumbers: item(1) }, "unfulfilled"],
  [{ localNumbers: item(0), keywords: item(1) }, "unfulfilled"],
  [{ localNumbers: item(0, "1"), keywords: item(1) }, "partial"],
  // More of one kind does not make up for less of another.
  [{ localNumbers: item(1, "1", "2"), keywords: item(2, "A") }, "partial"],
];

test("orderOutcome() counts what was bought, kind by kind", () => {
  for (const [items, outcome] of FINISHED) {
    assertEquals(orderOutcome(order("FINISHED", items)), outcome);
    assertEquals(orderOutcome(order("ERRORED", items)), "errored");
    assertEquals(orderOutcome(order("PROCESSING", items)), "pending");
  }
});

test("copyOrder() shares nothing that can be changed", () => {
  const original = order("FINISHED", {
    localNumbers: item(1, "1"),
    tollFreeNumbers: item(1, "2"),
    keywords: item(1, "A"),
  });
  const copy = copyOrder(original);
  assertEquals(copy, original);
  const untouched = structuredClone(original);
  copy.status = "VOID";
  copy.created.setTime(1);
  copy.localNumbers!.fulfilled.push("3");
  copy.tollFreeNumbers!.ordered = 7;
  copy.keywords!.fulfilled.length = 0;
  assertEquals(original, untouched);
});

test("copyOrder() adds no kind that was not ordered", () => {
  assertEquals(
    Object.keys(copyOrder(order("NEW"))),
    ["id", "status", "created", "totalCost"],
  );
});

test("isSameOrder() sees a change in any part", () => {
  const one = order("NEW", { localNumbers: item(2, "1") });
  assertEquals(isSameOrder(one, copyOrder(one)), true);
  const others: Partial<NumberOrder>[] = [
    { id: "2" },
    { status: "FINISHED" },
    { created: new Date(1) },
    { totalCost: 1 },
    { keywords: item(0) },
    { localNumbers: item(3, "1") },
    { localNumbers: { ...item(2, "1"), unitCost: 2 } },
    { localNumbers: item(2, "2") },
    { localNumbers: item(2, "1", "2") },
  ];
  for (const other of others) {
    assertNotEquals(isSameOrder(one, { ...one, ...other }), true);
  }
});
