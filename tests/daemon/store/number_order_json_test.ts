import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { deserializeNumberOrder } from "../../../daemon/store/number_order_json.ts";
import { orders } from "../../helpers/client/order_documents.ts";
import { orderOf } from "../../helpers/store/transitions.ts";

Deno.test("parseNumberOrder() reads any order as it was written", () => {
  fc.assert(fc.property(orders, (order) => {
    const text = JSON.stringify(order);
    const read = deserializeNumberOrder(text);
    assertEquals(read, order);
    assertEquals(JSON.stringify(read), text);
  }));
});

Deno.test("parseNumberOrder() reads nothing that is not an order", () => {
  const order = orderOf("1");
  const texts = [
    "",
    "{",
    "null",
    "[]",
    '"FINISHED"',
    "{}",
    ...[
      { id: 1 },
      { status: undefined },
      { created: "yesterday" },
      { created: null },
      { totalCost: "9.5" },
      { localNumbers: null },
      { localNumbers: [] },
      { tollFreeNumbers: { ordered: 1, unitCost: 1 } },
      { tollFreeNumbers: { ordered: "1", unitCost: 1, fulfilled: [] } },
      { keywords: { ordered: 1, unitCost: null, fulfilled: [] } },
      { keywords: { ordered: 1, unitCost: 1, fulfilled: [1] } },
      { keywords: { ordered: 1, unitCost: 1, fulfilled: "YELLOWTAXI" } },
    ].map((given) => JSON.stringify({ ...order, ...given })),
  ];
  for (const text of texts) {
    assertEquals(deserializeNumberOrder(text), undefined);
  }
});
