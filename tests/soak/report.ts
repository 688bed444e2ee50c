/**
 * The report of a soak: one page that needs nothing else.
 *
 * @module
 */

import { type ShownCurve, tableOf } from "./curves.ts";

/** A time that is marked in every curve, in seconds. */
export interface Mark {
  /** What it is called. */
  name: string;
  /** When it began. */
  from: number;
  /** When it ended. */
  to: number;
}

/** What a report tells. */
export interface Report {
  /** What was done, in a few lines. */
  facts: readonly string[];
  /** What must not have been; empty if all went well. */
  broken: readonly string[];
  /** The curves. */
  curves: readonly ShownCurve[];
  /** When all went wrong. */
  marks: readonly Mark[];
}

const WIDTH = 900;
const HEIGHT = 150;
const LEFT = 60;
const BOTTOM = 20;
const TOP = 8;

const STYLE = `
:root { color-scheme: light dark; --line: #1f6feb; --mark: #d2992233; --axis: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 940px; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
pre { overflow-x: auto; }
svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: currentColor; }
polyline { fill: none; stroke: var(--line); stroke-width: 1.5; }
.axis { stroke: var(--axis); }
.warm-up { stroke: var(--axis); stroke-dasharray: 4 4; }
.mark { fill: var(--mark); }`;

/**
 * Writes a report as a page of HTML.
 *
 * @param report What it tells.
 */
export function reportPage({ broken, curves, facts, marks }: Report): string {
  const end = Math.max(1, ...curves.map(({ times }) => times.at(-1) ?? 0));
  const sections = curves.map((curve) =>
    `<h2>${escape(titleOf(curve))}</h2>\n${drawing(curve, marks, end)}`
  );
  const problems = broken.length === 0
    ? "<p>Every promise was kept.</p>"
    : `<h2>Broken promises</h2>\n<pre>${escape(broken.join("\n"))}</pre>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A soak of callfire-orders</title>
<style>${STYLE}</style>
<h1>A soak of callfire-orders</h1>
<pre>${escape(facts.join("\n"))}</pre>
<pre>${escape(tableOf(curves))}</pre>
${problems}
<p>Shaded: a time in which CallFire failed altogether. Dashed: the end of the
warm-up, after which a curve is judged: the median of the later half of what
follows, against that of the earlier half.</p>
${sections.join("\n")}
</html>
`;
}

function titleOf({ judgement, name, unit }: ShownCurve): string {
  const title = unit ? `${name}, ${unit}` : name;
  return judgement ? `${title}: ${judgement.verdict}` : title;
}

function drawing(
  { allowance, digits, name, times, values }: ShownCurve,
  marks: readonly Mark[],
  end: number,
): string {
  const highest = Math.max(...values, 0) || 1;
  const x = (time: number) =>
    (LEFT + (WIDTH - LEFT) * Math.min(1, time / end)).toFixed(1);
  // From 0, so that what is level looks level.
  const y = (value: number) =>
    (TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / highest)).toFixed(1);
  const bands = marks.filter(({ from }) => from < end).map((mark) => {
    const width = Number(x(mark.to)) - Number(x(mark.from));
    return `<rect class="mark" x="${x(mark.from)}" y="${y(highest)}" ` +
      `width="${Math.max(1, width).toFixed(1)}" ` +
      `height="${HEIGHT - TOP - BOTTOM}">` +
      `<title>${escape(mark.name)}</title></rect>`;
  });
  const points = values.map((value, at) => `${x(times[at]!)},${y(value)}`);
  const label = (value: number) =>
    `<text x="${LEFT - 6}" y="${Number(y(value)) + 4}" text-anchor="end">` +
    `${value.toFixed(digits)}</text>` +
    `<line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${y(value)}" y2="${
      y(value)
    }"/>`;
  const time = (at: number, anchor: string) =>
    `<text x="${x(at)}" y="${HEIGHT - 4}" text-anchor="${anchor}">` +
    `${(at / 60).toFixed(1)} min</text>`;
  const warmUp = allowance && allowance.warmUp < end
    ? `<line class="warm-up" x1="${x(allowance.warmUp)}" ` +
      `x2="${x(allowance.warmUp)}" y1="${y(highest)}" y2="${y(0)}"/>`
    : "";
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
    escape(name)
  }">
${bands.join("\n")}
${label(0)}${label(highest / 2)}${label(highest)}
${time(0, "start")}${time(end / 2, "middle")}${time(end, "end")}
${warmUp}
<polyline points="${points.join(" ")}"/>
</svg>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
