import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  decodeCursor,
  decodeWebhookCursor,
  encodeCursor,
  encodeWebhookCursor,
} from "../../../daemon/api/cursor.ts";
import {
  beginEndpoint,
  ENDPOINT_STATES,
} from "../../../daemon/webhooks/endpoint.ts";

Deno.test("every cursor reads back, and fits a URL as it is", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 999_999_999_999_999 }),
    fc.bigInt({ min: 1n, max: 9223372036854775807n }),
    (watchedAt, id) => {
      const position = { watchedAt, id: String(id) };
      const cursor = encodeCursor(position);
      assertMatch(cursor, /^[A-Za-z0-9]+$/);
      assertEquals(decodeCursor(cursor), position);
    },
  ));
});

Deno.test("what no list gave is no cursor", () => {
  const cursor = encodeCursor({ watchedAt: 1, id: "1" });
  assert(decodeCursor(cursor));
  const texts = ["", "%", `${cursor}=`, ` ${cursor}`, `${cursor}\n`];
  for (
    const text of ["1", "1.", ".1", "1.0", "01.1", "1.01", "-1.1", "1.1.1"]
  ) {
    texts.push(btoa(text).replace(/=+$/, ""));
  }
  for (const text of texts) {
    assertEquals(decodeCursor(text), undefined, text);
  }
  fc.assert(fc.property(fc.base64String(), (text) => {
    const position = decodeCursor(text);
    if (position) assertEquals(encodeCursor(position), text);
  }));
});

Deno.test("every cursor of endpoints reads back, and fits a URL as it is", () => {
  for (const state of ENDPOINT_STATES) {
    for (let made = 0; made < 100; made++) {
      const { id } = beginEndpoint({
        url: "https://example.com/",
        label: null,
        types: ["order.settled"],
        order: null,
        at: 0,
        secret: "whsec_secret",
      });
      const cursor = encodeWebhookCursor({ state, id });
      assertMatch(cursor, /^[A-Za-z0-9]+$/);
      assertEquals(decodeWebhookCursor(cursor), { state, id });
    }
  }
});

Deno.test("what no list of endpoints gave is no cursor of it", () => {
  const cursor = encodeWebhookCursor({ state: "parked", id: "wh_1" });
  assert(decodeWebhookCursor(cursor));
  const texts = ["", "%", `${cursor}=`, ` ${cursor}`, `${cursor}\n`];
  texts.push(encodeCursor({ watchedAt: 1, id: "1" }));
  for (
    const text of [
      "parked",
      "parked.",
      ".wh_1",
      "gone.wh_1",
      "parked.wh_",
      "parked.wh_A",
      "parked.1",
      `parked.wh_${"1".repeat(65)}`,
    ]
  ) {
    texts.push(btoa(text).replace(/=+$/, ""));
  }
  for (const text of texts) {
    assertEquals(decodeWebhookCursor(text), undefined, text);
  }
});
