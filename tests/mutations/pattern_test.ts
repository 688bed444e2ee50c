import { assertEquals, assertThrows } from "@std/assert";
import { plant } from "./pattern.ts";

const ADDITION = { code: "total += count;", bug: "total += 2 * count;" };

Deno.test("plant() follows renames, line breaks and comments", () => {
  assertEquals(plant("sum += n;", ADDITION), "sum += 2 * n;");
  assertEquals(
    plant("a = 1;\nsum /* so far */ +=\n  // each\n  n; b();", ADDITION),
    "a = 1;\nsum += 2 * n; b();",
  );
  assertEquals(
    plant("call(\n  first,\n  second,\n);", {
      code: "f(a, b)",
      bug: "f(b, a)",
    }),
    "call(second, first);",
  );
});

Deno.test("plant() wants its code once, with the same operators", () => {
  for (
    const text of ["total -= count;", "total += 5;", "total += count + 1;"]
  ) {
    assertThrows(() => plant(text, ADDITION), Error, "found 0 times");
  }
  assertThrows(
    () => plant("a += b; c += d;", ADDITION),
    Error,
    "found 2 times: total += count;",
  );
});

Deno.test("plant() takes the same name for the same thing", () => {
  const same = { code: "a = a;", bug: "" };
  assertEquals(plant("x = x;", same), "");
  assertThrows(() => plant("x = y;", same), Error, "found 0 times");
});

Deno.test("plant() compares strings, except for …", () => {
  const text = 'if (kind === "gone") throw new Error("It is gone");';
  const code = 'if (a === "gone") throw new Error("…");';
  assertEquals(plant(text, { code, bug: "" }), "");
  const other = code.replace("gone", "here");
  assertThrows(() => plant(text, { code: other, bug: "" }), Error);
});

Deno.test("plant() refuses a name that only the bug has", () => {
  const text = "function end() { close(file); } open(file);";
  const mutation = { code: "; } open(x);", bug: "; } close(x);" };
  assertThrows(() => plant(text, mutation), Error, "the name 'close'");
  assertEquals(
    plant(text, { ...mutation, names: "{ close(y); }" }),
    "function end() { close(file); } close(file);",
  );
  assertThrows(
    () => plant(text, { ...mutation, names: "{ close(); }" }),
    Error,
    "not found: { close(); }",
  );
});
