import { assertEquals } from "@std/assert";
import { steadyClock } from "../../daemon/steady_clock.ts";
import { systemClock } from "../../mod.ts";

Deno.test("steadyClock() counts its date on, however the machine's is set", () => {
  let now = 500;
  let date = 1_000_000;
  const clock = steadyClock({
    ...systemClock,
    now: () => now,
    date: () => new Date(date),
  });
  assertEquals(clock.date().getTime(), 1_000_000);
  now += 250;
  date += 86_400_000;
  assertEquals(clock.date().getTime(), 1_000_250);
  date = 0;
  assertEquals(clock.date().getTime(), 1_000_250);
});
