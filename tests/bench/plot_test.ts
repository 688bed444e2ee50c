import { assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { plot } from "./plot.ts";

test("plot() draws a point for every round, and a line through the medians", async () => {
  const drawing = await plot({
    name: "growth",
    title: "What it costs <here>",
    axes: { x: "orders", y: "CPU, µs" },
    points: [
      { x: 1000, figures: [100, 110, 120] },
      { x: 100_000, figures: [101, 140, 130] },
    ],
  }, "a machine, today");
  const texts = Array.from(
    drawing.matchAll(/>([^<]+)<\/text>/g),
    ([, it]) => it,
  );
  for (
    const text of [
      "What it costs &lt;here&gt;",
      "a machine, today",
      "orders",
      "CPU, µs",
    ]
  ) assertEquals(texts.filter((one) => one === text).length, 1, text);
  const points = drawing.match(/aria-roledescription="point"/g) ?? [];
  assertEquals(points.length, 6);
  const line =
    /aria-roledescription="line mark"[^>]* d="M0,([\d.]+)L560,([\d.]+)"/
      .exec(drawing);
  const [from, to] = [Number(line?.[1]), Number(line?.[2])];
  // The scale is from the top, 140, to the bottom, 0.
  assertEquals(Math.round(from), Math.round(240 * 30 / 140));
  assertEquals(Math.round(to), Math.round(240 * 10 / 140));
});
