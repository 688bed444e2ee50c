/**
 * How the polling went over the last minutes.
 *
 * @module
 */

// @ts-types="uplot"
import uPlot from "./uplot.js";
import { element, part, setText } from "./dom.js";
import { formatDuration } from "./words.js";

/**
 * @typedef {{ p50: number | null, p99: number | null }} Quantiles
 *
 * @typedef {{ active: number, failing: number, parked: number }} EndpointCounts
 *
 * @typedef {object} Summary
 * @property {string[]} reasons
 * @property {object} upstream
 * @property {"up" | "failing" | "refused"} upstream.state
 * @property {number | null} upstream.requestsPerSecondLimit
 * @property {string | null} upstream.pausedUntil
 * @property {string | null} upstream.pauseReason
 * @property {EndpointCounts | null} webhooks
 * @property {object} polls
 * @property {number} polls.requestsPerSecond
 * @property {Quantiles} polls.durationSeconds
 * @property {Quantiles} polls.latenessSeconds
 */

/** How far the plots look back, in seconds. */
const LONGEST = 600;

/** How much of a plot is there from the start, in seconds. */
const SHORTEST = 60;

/** A page that slept for so many seconds has a gap in its plots. */
const GAP = 30;

/** The height of a plot in pixels. */
const HEIGHT = 96;

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** @type {{ time: number, polls: Summary["polls"] | null }[]} */
const samples = [];

/**
 * A line: what it is called, and its value.
 *
 * @typedef {[string, (polls: Summary["polls"]) => number | null]} Line
 */

/** @param {number | null} seconds */
const formatSeconds = (seconds) =>
  seconds === null ? "–" : formatDuration(seconds * 1000);

const plots = [
  makePlot("rate", (value) => value === null ? "–" : `${+value.toFixed(1)}`, [
    ["", (polls) => polls.requestsPerSecond],
  ]),
  makePlot("latency", formatSeconds, [
    ["median", (polls) => polls.durationSeconds.p50],
    ["99 %", (polls) => polls.durationSeconds.p99],
  ]),
  makePlot("lateness", formatSeconds, [
    ["median", (polls) => polls.latenessSeconds.p50],
    ["99 %", (polls) => polls.latenessSeconds.p99],
  ]),
];

/**
 * Takes in how the polling goes now.
 *
 * @param {Summary} summary
 */
export function addSample({ polls }) {
  const time = Date.now() / 1000;
  const last = samples.at(-1)?.time ?? time;
  if (time - last > GAP) samples.push({ time: last + 1, polls: null });
  samples.push({ time, polls });
  while ((samples[0]?.time ?? time) < time - LONGEST) samples.shift();
  for (const draw of plots) draw();
}

/**
 * @param {string} name
 * @param {(value: number | null) => string} format
 * @param {Line[]} lines
 * @returns Draws it.
 */
function makePlot(name, format, lines) {
  const figure = element(`plot-${name}`);
  const title = part(figure, ".title").textContent;
  const place = part(figure, ".plot");
  const style = getComputedStyle(place);
  /** @type {uPlot.Axis} */
  const axis = {
    stroke: () => style.outlineColor,
    grid: { stroke: () => style.borderTopColor, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
    gap: 4,
  };
  const plot = new uPlot(
    {
      width: 300,
      height: HEIGHT,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: {
          range: (_, first, last) => [Math.min(first, last - SHORTEST), last],
        },
        y: { range: (_, _least, most) => [0, (most || 1) * 1.1] },
      },
      axes: [
        {
          ...axis,
          size: 18,
          space: 70,
          incrs: [60, 120, 300],
          values: (_, times) => times.map((time) => TIME.format(time * 1000)),
        },
        {
          ...axis,
          size: 50,
          space: 30,
          values: (_, values) => values.map(format),
        },
      ],
      series: [
        {},
        ...lines.map((_, index) => ({
          stroke: () => style.color,
          width: 1.5,
          dash: index === 0 ? [] : [3, 3],
          // A line needs two samples; the first one is a point.
          points: { show: () => samples.length === 1 },
        })),
      ],
    },
    [[]],
    place,
  );
  new ResizeObserver(() =>
    plot.setSize({ width: place.clientWidth, height: HEIGHT })
  ).observe(place);
  matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", () => plot.redraw());
  return () => {
    const last = samples.at(-1)?.polls;
    const now = lines.map(([name, value]) =>
      `${name} ${format(last ? value(last) : null)}`.trim()
    ).join(", ");
    setText(part(figure, ".now"), now);
    place.ariaLabel = `${title} over the last minutes: now ${now}`;
    plot.setData([
      samples.map(({ time }) => time),
      ...lines.map(([, value]) =>
        samples.map(({ polls }) => polls && value(polls))
      ),
    ]);
  };
}
