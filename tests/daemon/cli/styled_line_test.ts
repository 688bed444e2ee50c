import { assertEquals } from "@std/assert";
import { styledLine } from "../../../daemon/cli/styled_line.ts";

Deno.test("styledLine() has colors only where they are wanted", () => {
  const pieces = [{ text: "✗", style: "red" }, { text: " 42" }] as const;
  assertEquals(styledLine(pieces, false), "✗ 42");
  assertEquals(styledLine(pieces, true), "\x1b[31m✗\x1b[39m 42");
});

Deno.test("styledLine() is never wider than its room", () => {
  const pieces = [{ text: "abc" }, { text: "déf", style: "green" }] as const;
  const lines = [6, 5, 4, 3, 1].map((columns) =>
    styledLine(pieces, false, columns)
  );
  assertEquals(lines, ["abcdéf", "abcd…", "abc…", "ab…", "…"]);
  assertEquals(styledLine(pieces, true, 5), "abc\x1b[32md\x1b[39m…");
  assertEquals(styledLine(pieces, true, 3), "ab…");
});

Deno.test("styledLine() counts characters, not halves of them", () => {
  assertEquals(styledLine([{ text: "👍👍👍" }], false, 2), "👍…");
});

Deno.test("styledLine() obeys nothing in a text", () => {
  const line = styledLine([{ text: "a\x1b[2J\n", style: "red" }], true, 9);
  assertEquals(line, "\x1b[31ma\\u001b[\x1b[39m…");
});
