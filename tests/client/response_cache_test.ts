import { assertEquals, assertStrictEquals } from "@std/assert";
import { ResponseCache } from "../../client/response_cache.ts";
import type { NumberOrder } from "../../mod.ts";
import { orderXml } from "../sandbox/order_xml.ts";
import { clientTest, test } from "../helpers/client/testing.ts";

function order(id: string): NumberOrder {
  return { id, status: "NEW", created: new Date(0), totalCost: 0 };
}

function bytes(length: number, value = 0): Uint8Array {
  return new Uint8Array(length).fill(value);
}

test("LastAnswers finds the order that the last answer held", () => {
  const answers = new ResponseCache();
  const one = order("1");
  assertEquals(answers.find("1", bytes(5)), undefined);
  answers.keep("1", bytes(5), one);
  assertStrictEquals(answers.find("1", bytes(5)), one);
  assertEquals(answers.find("2", bytes(5)), undefined);
});

test("LastAnswers sees a difference in any byte and in the length", () => {
  const answers = new ResponseCache();
  answers.keep("1", bytes(300), order("1"));
  for (let at = 0; at < 300; at++) {
    const other = bytes(300);
    other[at] = 1;
    assertEquals(answers.find("1", other), undefined);
  }
  assertEquals(answers.find("1", bytes(299)), undefined);
  assertEquals(answers.find("1", bytes(301)), undefined);
  assertEquals(answers.find("1", bytes(0)), undefined);
});

test("LastAnswers keeps only the last answer about an order", () => {
  const answers = new ResponseCache();
  const [one, other] = [order("1"), order("1")];
  answers.keep("1", bytes(5, 1), one);
  answers.keep("1", bytes(5, 2), other);
  assertEquals(answers.find("1", bytes(5, 1)), undefined);
  assertStrictEquals(answers.find("1", bytes(5, 2)), other);
});

test("LastAnswers keeps no more bytes than it may", () => {
  const answers = new ResponseCache(1000);
  const kept = () => {
    let size = 0;
    for (let id = 0; id < 100; id++) {
      // To find one renews it, which may cost another one its place.
      if (answers.find(String(id), bytes(90, 1))) size += 90;
    }
    return size;
  };
  for (let id = 0; id < 100; id++) {
    answers.keep(String(id), bytes(90, 1), order(String(id)));
  }
  const size = kept();
  assertEquals(size > 400 && size <= 1000, true);
});

test("LastAnswers forgets those that were not asked for", () => {
  const answers = new ResponseCache(1000);
  answers.keep("often", bytes(50), order("often"));
  answers.keep("once", bytes(50), order("once"));
  for (let id = 0; id < 100; id++) {
    answers.keep(String(id), bytes(50), order(String(id)));
    assertEquals(answers.find("often", bytes(50))?.id, "often");
  }
  assertEquals(answers.find("once", bytes(50)), undefined);
});

test("LastAnswers never finds an answer older than the last", () => {
  const answers = new ResponseCache(100);
  answers.keep("1", bytes(40, 1), order("1"));
  // It has no room for this one, so the one before may be all that is left.
  answers.keep("1", bytes(500, 2), order("1"));
  assertEquals(answers.find("1", bytes(500, 2)), undefined);
  answers.keep("1", bytes(40, 3), order("1"));
  assertEquals(answers.find("1", bytes(40, 1)), undefined);
  assertEquals(answers.find("1", bytes(40, 3))?.id, "1");
});

clientTest("an answer that says the same again is read the same", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({
    keywords: { ordered: 1 },
    script: [
      { after: 0, status: "NEW" },
      { after: 3000, status: "FINISHED", fulfilled: { keywords: ["TAXI"] } },
    ],
  });
  const read = () => clock.runUntil(callfire.getNumberOrder(id));
  const first = await read();
  assertEquals(await read(), first);
  const same = orderXml(sandbox.orders.get(id)!);
  // As long as the last one, but for another letter.
  const body = same.replace("NEW", "NOW");
  sandbox.faults.add({ kind: "body", body });
  assertEquals((await read()).status, "NOW");
  sandbox.faults.add({ kind: "body", body: same });
  assertEquals((await read()).status, "NEW");
  assertEquals((await read()).keywords?.fulfilled, ["TAXI"]);
});

clientTest("an answer about one order is none about another", async (
  { callfire, sandbox },
) => {
  const { faults, orders } = sandbox;
  const one = orders.place({});
  await callfire.getNumberOrder(one);
  const body = orderXml(orders.get(one)!);
  const other = orders.place({});
  faults.add({ kind: "body", body });
  const outcome = await callfire.getNumberOrder(other)
    .then((order) => order.id, (error) => error.code);
  assertEquals(outcome, "malformed");
});
