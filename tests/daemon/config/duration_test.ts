import { assertEquals } from "@std/assert";
import { readDuration } from "../../../daemon/config/duration.ts";

Deno.test("readDuration() reads whole numbers with their units", () => {
  assertEquals(readDuration("1s"), 1000);
  assertEquals(readDuration("90m"), 5_400_000);
  assertEquals(readDuration("24h"), 86_400_000);
  assertEquals(readDuration("7d"), 604_800_000);
  assertEquals(readDuration("1d2h3m4s"), 93_784_000);
});

Deno.test("readDuration() refuses any other text", () => {
  for (const text of ["", "0s", "0h0m", "1", "h", "1.5h", "-1h", "1 h", "1w"]) {
    assertEquals(readDuration(text), undefined, text);
  }
});
