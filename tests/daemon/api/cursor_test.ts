import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { readCursor, writeCursor } from "../../../daemon/api/cursor.ts";

Deno.test("every cursor reads back, and fits a URL as it is", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 999_999_999_999_999 }),
    fc.bigInt({ min: 1n, max: 9223372036854775807n }),
    (watchedAt, id) => {
      const position = { watchedAt, id: String(id) };
      const cursor = writeCursor(position);
      assertMatch(cursor, /^[A-Za-z0-9]+$/);
      assertEquals(readCursor(cursor), position);
    },
  ));
});

Deno.test("what no list gave is no cursor", () => {
  const cursor = writeCursor({ watchedAt: 1, id: "1" });
  assert(readCursor(cursor));
  const texts = ["", "%", `${cursor}=`, ` ${cursor}`, `${cursor}\n`];
  for (
    const text of ["1", "1.", ".1", "1.0", "01.1", "1.01", "-1.1", "1.1.1"]
  ) {
    texts.push(btoa(text).replace(/=+$/, ""));
  }
  for (const text of texts) {
    assertEquals(readCursor(text), undefined, text);
  }
  fc.assert(fc.property(fc.base64String(), (text) => {
    const position = readCursor(text);
    if (position) assertEquals(writeCursor(position), text);
  }));
});
