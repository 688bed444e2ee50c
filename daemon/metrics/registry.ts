/**
 * Makes metrics by their definitions, with every series of known label values
 * at 0: one that appears with its first event hides that event from `rate()`
 * and `increase()`. The one file that names prom-client.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { MetricDefinition } from "./definitions.ts";

/** A value for each label of a metric. */
export type LabelsOf<Definition extends MetricDefinition> = Record<
  keyof Definition["labels"] & string,
  string
>;

/** A number that only grows. */
export interface CounterMetric<Definition extends MetricDefinition> {
  /** Adds to it, 1 unless told. */
  inc(labels: LabelsOf<Definition>, value?: number): void;
  /** Sets all of its series back to 0, if it has no labels. */
  reset(): void;
}

/** A number that goes up and down. */
export interface GaugeMetric<Definition extends MetricDefinition> {
  /** Sets it. */
  set(labels: LabelsOf<Definition>, value: number): void;
}

/** How many of some values are how large. */
export interface HistogramMetric<Definition extends MetricDefinition> {
  /** Counts a value in. */
  observe(labels: LabelsOf<Definition>, value: number): void;
  /** Makes a series, at 0. */
  zero(labels: LabelsOf<Definition>): void;
}

/** Metrics that are rendered together. */
export class MetricRegistry {
  readonly #registry = new Registry();

  /** The media type of what is rendered. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Tells all metrics as they are now. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /**
   * Makes a counter.
   *
   * @param definition What it is.
   * @param collect Is called before each time it is told.
   */
  counter<Definition extends MetricDefinition>(
    definition: Definition,
    collect?: (counter: CounterMetric<Definition>) => void,
  ): CounterMetric<Definition> {
    const counter: CounterMetric<Definition> = new Counter({
      ...this.#configuration(definition),
      ...collect && { collect: () => collect(counter) },
    });
    combinations(definition).forEach((labels) => counter.inc(labels, 0));
    return counter;
  }

  /**
   * Makes a gauge.
   *
   * @param definition What it is.
   * @param collect Sets it; is called before each time it is told.
   */
  gauge<Definition extends MetricDefinition>(
    definition: Definition,
    collect: (gauge: GaugeMetric<Definition>) => void,
  ): void {
    const gauge: GaugeMetric<Definition> = new Gauge({
      ...this.#configuration(definition),
      collect: () => collect(gauge),
    });
  }

  /**
   * Makes a histogram.
   *
   * @param definition What it is.
   */
  histogram<Definition extends MetricDefinition>(
    definition: Definition & { readonly buckets: readonly number[] },
  ): HistogramMetric<Definition> {
    const histogram: HistogramMetric<Definition> = new Histogram({
      ...this.#configuration(definition),
      buckets: [...definition.buckets],
    });
    combinations(definition).forEach((labels) => histogram.zero(labels));
    return histogram;
  }

  #configuration({ name, help, labels }: MetricDefinition) {
    const labelNames = Object.keys(labels);
    return { name, help, labelNames, registers: [this.#registry] };
  }
}

/** Every combination of the values of a metric's labels. */
function combinations<Definition extends MetricDefinition>(
  { labels }: Definition,
): LabelsOf<Definition>[] {
  let rows: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    rows = rows.flatMap((row) =>
      values.map((value) => ({ ...row, [label]: value }))
    );
  }
  return rows as LabelsOf<Definition>[];
}
