/**
 * What PromQL expressions name, against what the daemon tells.
 *
 * @module
 */

import { assert } from "@std/assert";
import {
  LEASE_METRICS,
  type MetricDefinition,
  METRICS,
  WEBHOOK_METRICS,
} from "../../../daemon/metrics.ts";
import { runProgram } from "../daemon/debian_program.ts";

/** The program that tests of rules and expressions need. */
export const PROMTOOL = { program: "promtool", debianPackage: "prometheus" };

/** What Prometheus tells by itself of whatever it scrapes. */
const FROM_PROMETHEUS = ["up"];

/** What stands between the metrics of an expression. */
const WORDS = ["and", "or", "unless", "bool", "offset"];

/** Every label that Prometheus adds by itself. */
const LABELS_FROM_PROMETHEUS = ["job", "instance"];

/** Each series of the daemon by its name, with the labels that it has. */
const SERIES = new Map<string, MetricDefinition["labels"]>(
  [METRICS, LEASE_METRICS, WEBHOOK_METRICS]
    .flatMap((metrics) => Object.values<MetricDefinition>(metrics))
    .flatMap(({ name, type, labels }) =>
      type === "histogram"
        ? [
          [`${name}_bucket`, { ...labels, le: [] }] as const,
          [`${name}_sum`, labels] as const,
          [`${name}_count`, labels] as const,
        ]
        : [[name, labels] as const]
    ),
);

/**
 * Makes sure that everything that an expression names exists: its metrics, and
 * the labels that it picks series by, with their values.
 *
 * @param expression The expression, without variables.
 * @param recorded The names of the recording rules that it may name.
 */
export function assertKnown(
  expression: string,
  recorded: readonly string[] = [],
): void {
  for (const { metric, matchers } of selectors(expression)) {
    const isOfTheDaemon = SERIES.has(metric);
    assert(
      isOfTheDaemon || [...FROM_PROMETHEUS, ...recorded].includes(metric),
      `there is no metric '${metric}' in: ${expression}`,
    );
    for (const { label, values } of matchers) {
      if (LABELS_FROM_PROMETHEUS.includes(label)) continue;
      const labels = isOfTheDaemon
        ? [SERIES.get(metric)!]
        : [...SERIES.values()];
      const known = labels.flatMap((labels) => labels[label] ?? []);
      const unknown = values.filter((value) => !known.includes(value));
      assert(
        unknown.length === 0,
        `there is no ${metric} with ${label} '${unknown}' in: ${expression}`,
      );
    }
  }
}

/** A metric that is named, and which of its series. */
interface Selector {
  metric: string;
  matchers: { label: string; values: string[] }[];
}

function selectors(expression: string): Selector[] {
  const plain = expression
    // Labels that are grouped or joined by, and lengths of time.
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, "")
    .replaceAll(/\[[^\]]*\]/g, "");
  const named =
    /(?<![\w.:])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*\()(?![\w:])/g;
  return [...plain.matchAll(named)]
    .map(([, metric, braces = ""]) => ({
      metric: metric!,
      matchers: [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)]
        .map(([, label, value]) => ({
          label: label!,
          values: value!.split("|"),
        })),
    }))
    .filter(({ metric }) => !WORDS.includes(metric));
}

/**
 * Lets promtool read expressions.
 *
 * @param expressions The expressions, without variables.
 */
export async function assertParse(
  expressions: readonly string[],
): Promise<void> {
  const rules = expressions.map((expr, index) => ({
    record: `expression:number:${index}`,
    expr,
  }));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    // JSON is YAML too.
    const groups = { groups: [{ name: "expressions", rules }] };
    await Deno.writeTextFile(file, JSON.stringify(groups));
    const { code, output } = await runProgram(PROMTOOL.program, [
      "check",
      "rules",
      file,
    ]);
    assert(
      code === 0 && output.includes(`${rules.length} rules found`),
      output,
    );
  } finally {
    await Deno.remove(file);
  }
}
