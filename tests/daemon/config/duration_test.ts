import { assertEquals } from "@std/assert";
import { parseDuration } from "../../../daemon/config/duration.ts";

Deno.test("readDuration() reads whole numbers with their units", () => {
  assertEquals(parseDuration("1s"), 1000);
  assertEquals(parseDuration("90m"), 5_400_000);
  assertEquals(parseDuration("24h"), 86_400_000);
  assertEquals(parseDuration("7d"), 604_800_000);
  assertEquals(parseDuration("1d2h3m4s"), 93_784_000);
});

Deno.test("readDuration() refuses any other text", () => {
  for (const text of ["", "0s", "0h0m", "1", "h", "1.5h", "-1h", "1 h", "1w"]) {
    assertEquals(parseDuration(text), undefined, text);
  }
});
