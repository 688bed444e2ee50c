import { assert, assertMatch } from "@std/assert";
import { pageTest } from "../helpers/system/browser.ts";

/** How many dots of a plot have the color of its line. */
const LINE_DOTS = `(place) => {
  const canvas = place.querySelector("canvas");
  const { data } = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height);
  const color = getComputedStyle(place).color.match(/[0-9]+/g).map(Number);
  let dots = 0;
  for (let dot = 0; dot < data.length; dot += 4) {
    dots += data[dot + 3] > 200 &&
      color.every((value, index) => Math.abs(data[dot + index] - value) < 30);
  }
  return dots;
}`;

/** What each plot says of its last value. */
const PLOTS: [string, string, RegExp][] = [
  ["rate", "Polls per second", /^[\d.]+$/],
  ["latency", "Latency", /^median [\d.]+ m?s, 99 % [\d.]+ m?s$/],
  ["lateness", "Lateness", /^median [\d.]+ m?s, 99 % [\d.]+ m?s$/],
];

pageTest("how the polling goes is drawn, and told in words", async (visit) => {
  const { page, sandbox } = visit;
  for (let count = 0; count < 3; count++) {
    const id = sandbox.orders.place({
      localNumbers: { ordered: 1 },
      script: [{ after: 0, status: "PROCESSING" }],
    });
    await visit.watchOrder(id);
    await visit.shows(id, "PROCESSING");
  }
  await visit.reads("#limit", "at most 10");
  // Another sample after it makes a line of two points.
  await visit.reads("#plot-latency .now", /median \d/);
  await page.waitForResponse("**/v1/summary");
  await page.waitForResponse("**/v1/summary");
  for (const [name, title, value] of PLOTS) {
    const figure = page.locator(`#plot-${name}`);
    const now = (await figure.locator(".now").innerText()).trim();
    assertMatch(now, value, name);
    const label = await figure.locator(".plot").getAttribute("aria-label");
    assertMatch(
      label ?? "",
      new RegExp(`^${title} over the last minutes: now`),
    );
    const dots = await page.evaluate(
      `(${LINE_DOTS})(document.querySelector("#plot-${name} .plot"))`,
    ) as number;
    assert(dots > 0, `${name}: there is no line`);
  }
});
