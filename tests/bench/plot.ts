/**
 * Plots of what a benchmark measured along a scale, for the docs.
 *
 * @module
 */

import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Curve } from "./benchmark.ts";
import { median } from "./statistics.ts";

/** Can be read on a light page and on a dark one. */
const INK = "#7d8590";

/** The line and the points. */
const COLOR = "#2f81f7";

/**
 * Draws a curve: a point for every round, a line through the medians.
 *
 * @param curve What was measured.
 * @param footnote What is to be known of it besides.
 * @returns An SVG document.
 */
export async function plot(curve: Curve, footnote: string): Promise<string> {
  const { spec } = compile(describe(curve, footnote));
  return await new View(parse(spec), { renderer: "none" }).toSVG();
}

function describe(
  { title, axes, points }: Curve,
  footnote: string,
): TopLevelSpec {
  const x = {
    field: "x",
    type: "quantitative",
    title: axes.x,
    scale: { type: "log" },
    axis: { values: points.map((point) => point.x), labelOverlap: true },
  } as const;
  const y = { field: "y", type: "quantitative", title: axes.y } as const;
  return {
    title: {
      text: title,
      subtitle: footnote,
      anchor: "start",
      color: INK,
      subtitleColor: INK,
    },
    width: 560,
    height: 240,
    background: "transparent",
    config: {
      axis: {
        labelColor: INK,
        titleColor: INK,
        tickColor: INK,
        domainColor: INK,
        gridColor: INK,
        gridOpacity: 0.25,
      },
      view: { stroke: null },
    },
    layer: [{
      data: {
        values: points.map((point) => ({
          x: point.x,
          y: median(point.figures),
        })),
      },
      mark: { type: "line", color: COLOR },
      encoding: { x, y },
    }, {
      data: {
        values: points.flatMap((point) =>
          point.figures.map((figure) => ({ x: point.x, y: figure }))
        ),
      },
      mark: { type: "point", color: COLOR, filled: true },
      encoding: { x, y },
    }],
  };
}
