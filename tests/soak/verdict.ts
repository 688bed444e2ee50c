/**
 * Tells whether what a program takes levels off.
 *
 * @module
 */

import { median, quantile } from "../bench/statistics.ts";

/** One figure over time. */
export interface Curve {
  /** What it is called. */
  name: string;
  /** When each value was, in seconds, growing. */
  times: readonly number[];
  /** The values. */
  values: readonly number[];
}

/** What a curve that levels off may still do. */
export interface Allowance {
  /**
   * When it is to have levelled off, in seconds. What is before is not judged:
   * a program that has just begun grows by right.
   */
  warmUp: number;
  /** How many times as high its later half may be, from 1. */
  ratio: number;
  /** How much higher it may be besides, in its own unit. */
  slack: number;
  /**
   * Which of the values is looked at, from 0 for the lowest to 1; the median
   * unless told. Of what comes and goes by right, a leak raises the lowest.
   */
  quantile?: number;
}

/** What became of a curve. */
export interface Judgement {
  /** Whether it levels off; there must be enough after its warm-up to say. */
  verdict: "levels off" | "grows" | "too short to tell";
  /** The median of the first third of all values. */
  first: number;
  /** The median of the last third of all values. */
  last: number;
  /** The value of the earlier half of what was after the warm-up. */
  earlier: number;
  /** That of the later half. */
  later: number;
  /** How steep that is, by the hour: the median of the slopes between halves. */
  slope: number;
}

/** So many values in each half, at least. */
const ENOUGH = 10;

/**
 * Judges a curve: what comes after its warm-up is cut into two halves, and the
 * median of the later one may hardly be above that of the earlier one. Medians,
 * since a garbage collector makes saws of flat lines; or another quantile.
 *
 * @param curve The curve.
 * @param allowance What it may still do.
 */
export function judge(curve: Curve, allowance: Allowance): Judgement {
  const { times, values } = curve;
  const { ratio, slack, warmUp } = allowance;
  const third = Math.ceil(values.length / 3);
  const begun = times.findIndex((time) => time >= warmUp);
  const from = begun < 0 ? values.length : begun;
  const half = Math.floor((values.length - from) / 2);
  const place = allowance.quantile ?? 0.5;
  const earlier = quantile(values.slice(from, from + half), place);
  const later = quantile(values.slice(values.length - half), place);
  const duration = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const judged = (times.at(-1) ?? 0) - warmUp;
  // A warm-up of most of the time leaves nothing that could be called level.
  const isEnough = half >= ENOUGH && judged >= duration / 3;
  const grows = later > earlier * ratio + slack;
  return {
    verdict: !isEnough ? "too short to tell" : grows ? "grows" : "levels off",
    first: median(values.slice(0, third)),
    last: median(values.slice(-third)),
    earlier,
    later,
    slope: slopeOf(times.slice(from), values.slice(from)) * 3600,
  };
}

/** The median of the slopes from each value to the one half of all later. */
function slopeOf(times: readonly number[], values: readonly number[]): number {
  const half = Math.floor(values.length / 2);
  return median(Array.from({ length: half }, (_, at) => {
    return (values[at + half]! - values[at]!) /
      (times[at + half]! - times[at]!);
  }));
}
