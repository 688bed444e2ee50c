import { assertEquals } from "@std/assert";
import type { OrderId } from "../../mod.ts";
import { clientTest, reasonOf, test } from "../helpers/client/testing.ts";
import { parseOrderId } from "../../client/order_id.ts";

const GOOD: [OrderId, string][] = [
  ["1", "1"],
  ["1642251003", "1642251003"],
  ["9223372036854775807", "9223372036854775807"],
  ["007", "7"],
  ["0".repeat(99) + "1", "1"],
  [1, "1"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [1n, "1"],
  [9223372036854775807n, "9223372036854775807"],
];

const RULE = "an order id is a whole number from 1 to 9223372036854775807";

/** What is given, the class of the error, and how its message shows it. */
const BAD: [unknown, typeof TypeError | typeof RangeError, string, string?][] =
  [
    ["0", RangeError, "'0'"],
    ["000", RangeError, "'000'"],
    ["-1", RangeError, "'-1'"],
    ["9223372036854775808", RangeError, "'9223372036854775808'"],
    ["9".repeat(100), RangeError, `'${"9".repeat(40)}'`],
    [0, RangeError, "'0'"],
    [-1, RangeError, "'-1'"],
    [-0, RangeError, "'0'"],
    [1.5, RangeError, "'1.5'"],
    [NaN, RangeError, "'NaN'"],
    [Infinity, RangeError, "'Infinity'"],
    [
      2 ** 53,
      RangeError,
      "'9007199254740992'",
      "a number this large is not exact, pass the id as a string",
    ],
    [0n, RangeError, "'0'"],
    [-1n, RangeError, "'-1'"],
    [9223372036854775808n, RangeError, "'9223372036854775808'"],
    [10n ** 300n, RangeError, `'1${"0".repeat(39)}'`],
    ["", TypeError, "''"],
    [" 1", TypeError, "' 1'"],
    ["1\n", TypeError, "'1\n'"],
    ["+1", TypeError, "'+1'"],
    ["1.0", TypeError, "'1.0'"],
    ["1e3", TypeError, "'1e3'"],
    ["0x10", TypeError, "'0x10'"],
    ["1_000", TypeError, "'1_000'"],
    ["١", TypeError, "'١'"],
    ["1/../2", TypeError, "'1/../2'"],
    ["1?x", TypeError, "'1?x'"],
    ["--1", TypeError, "'--1'"],
    ["1".repeat(101), TypeError, `'${"1".repeat(40)}'`],
    [undefined, TypeError, "of type undefined"],
    [null, TypeError, "null"],
    [true, TypeError, "of type boolean"],
    [{}, TypeError, "of type object"],
    [["1"], TypeError, "of type object"],
    [Symbol("1"), TypeError, "of type symbol"],
  ];

test("readOrderId() writes an id as decimal digits", () => {
  for (const [value, id] of GOOD) assertEquals(parseOrderId(value, "get"), id);
});

clientTest("an id that cannot be is refused before any request", async (
  { callfire, sandbox },
) => {
  for (const [value, ErrorClass, shown, why = RULE] of BAD) {
    const id = value as OrderId;
    const calls: [string, () => Promise<unknown>][] = [
      ["get", () => callfire.getNumberOrder(id)],
      ["wait for", () => callfire.waitForNumberOrder(id)],
      // deno-lint-ignore require-await -- it throws at once
      ["watch", async () => callfire.watchNumberOrder(id)],
    ];
    for (const [doing, call] of calls) {
      const error = await reasonOf(call()) as Error;
      assertEquals(error.constructor, ErrorClass);
      assertEquals(error.message, `Cannot ${doing} order ${shown}: ${why}`);
    }
  }
  assertEquals(sandbox.requests.count, 0);
});

clientTest("an id asks for the same order in all three types", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({ id: "1642251003" });
  const orders = await Promise.all(
    ["1642251003", 1642251003, 1642251003n, "01642251003"]
      .map((id) => callfire.getNumberOrder(id)),
  );
  assertEquals(orders.map((order) => order.id), [id, id, id, id]);
  assertEquals(sandbox.requests.count, 1);
});

clientTest("the largest id is asked for digit by digit", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({ id: "9223372036854775807" });
  assertEquals((await callfire.getNumberOrder(id)).id, id);
  const [request] = sandbox.requests.entries();
  assertEquals(
    request?.path,
    "/api/1.1/rest/number/order/9223372036854775807",
  );
});
