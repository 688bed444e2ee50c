import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedResponseError } from "../../../client/errors.ts";
import { Secrets } from "../../../client/http/redaction.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";
import { checkAgreement } from "../../fuzz/agreement.ts";
import { fromTape } from "../../helpers/client/choices.ts";
import {
  orders,
  tapes,
  writeOrder,
  writeTail,
} from "../../helpers/client/order_documents.ts";
import {
  parseWithSaxes,
  readWithSaxes,
} from "../../helpers/client/saxes_reader.ts";

const SECRETS = new Secrets("someone", "a password that is nowhere else");

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("readNumberOrder() reads any order, however it is written", () => {
  fc.assert(
    fc.property(orders, tapes, (order, tape) => {
      const choices = fromTape(tape);
      const text = writeOrder(order, choices) + writeTail(choices);
      assertEquals(parseNumberOrder(encode(text), order.id, SECRETS), order);
    }),
    { numRuns: 7000 },
  );
});

Deno.test("the reader that the client is compared with reads them too", () => {
  fc.assert(
    fc.property(orders, tapes, (order, tape) => {
      const choices = fromTape(tape);
      const text = writeOrder(order, choices) + writeTail(choices);
      assertEquals(readWithSaxes(parseWithSaxes(text), order.id), order);
      assertEquals(checkAgreement(encode(text), order.id).order, order);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("readNumberOrder() refuses any document cut at any byte", () => {
  fc.assert(
    fc.property(orders, tapes, fc.nat(), (order, tape, at) => {
      const body = encode(writeOrder(order, fromTape(tape)));
      assertEquals(parseNumberOrder(body, order.id, SECRETS), order);
      refuse(body.slice(0, at % body.length), order.id);
    }),
    { numRuns: 4000 },
  );
});

Deno.test("readNumberOrder() refuses a document cut at each of its bytes", () => {
  fc.assert(
    fc.property(orders, tapes, (order, tape) => {
      const body = encode(writeOrder(order, fromTape(tape)));
      for (let at = 0; at < body.length; at++) {
        refuse(body.slice(0, at), order.id);
      }
    }),
    { numRuns: 25 },
  );
});

function refuse(body: Uint8Array, id: string): void {
  assertThrows(
    () => parseNumberOrder(body, id, SECRETS),
    MalformedResponseError,
    `Cannot read the answer about order '${id}': expected `,
  );
}
