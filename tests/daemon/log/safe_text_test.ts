import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeControls } from "../../../daemon/log/safe_text.ts";

Deno.test("escapeControls() leaves nothing that a terminal obeys", () => {
  const escaped: [string, string][] = [
    ["\x1b[31mred", "\\u001b[31mred"],
    ["\x9b2J", "\\u009b2J"],
    ["a\r\n\tb\x07\x7f", "a\\u000d\\u000a\\u0009b\\u0007\\u007f"],
    ["\u202eturned\u2066", "\\u202eturned\\u2066"],
    ["\u2028\u200b\ufeff", "\\u2028\\u200b\\ufeff"],
    ["\u{e0001}", "\\udb40\\udc01"],
    ["half \ud800", "half \\ud800"],
  ];
  for (const [text, shown] of escaped) {
    assertEquals(escapeControls(text), shown);
  }
});

Deno.test("escapeControls() leaves all else as it is", () => {
  const text = "Grüße, 12135550100 … ✓ 数字 👍 \\u001b";
  assertEquals(escapeControls(text), text);
});

Deno.test("escapeControls() does not change what JSON means", () => {
  fc.assert(fc.property(
    fc.record({
      text: fc.string({ unit: "binary" }),
      controls: fc.string({
        unit: fc.constantFrom("\x1b", "\x9b", "\\", '"', "\u202e", "\u{e0001}"),
      }),
    }),
    (value) => {
      const json = escapeControls(JSON.stringify(value));
      assertEquals(JSON.stringify(JSON.parse(json)), JSON.stringify(value));
      assertEquals(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(json), false);
    },
  ));
});
