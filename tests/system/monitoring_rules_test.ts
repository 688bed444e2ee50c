import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { fileURLToPath } from "node:url";
import { test } from "../helpers/client/testing.ts";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";
import { assertKnown, PROMTOOL } from "../helpers/system/promql.ts";

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleTest {
  promql_expr_test?: { expr: string }[];
  alert_rule_test?: {
    alertname: string;
    exp_alerts?: { exp_labels: { severity: string } }[];
  }[];
}

const FOLDER = new URL("../../daemon/deploy/", import.meta.url);

const pathOf = (file: string) => fileURLToPath(new URL(file, FOLDER));
const read = (file: string) => Deno.readTextFileSync(pathOf(file));

function rulesOf(file: string): Rule[] {
  const { groups } = parse(read(file)) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

const records = rulesOf("rules.yml");
const alerts = rulesOf("alerts.yml");
const recorded = records.map(({ record }) => record ?? "");

function testWithPromtool(name: string, ...args: string[]): void {
  testWithProgram(PROMTOOL, name, async () => {
    const { code, output } = await runProgram(PROMTOOL.program, args);
    assertEquals(code, 0, output);
  });
}

testWithPromtool(
  "promtool finds no fault in the example configuration",
  "check",
  "config",
  pathOf("prometheus.yml"),
);

testWithPromtool(
  "promtool finds no fault in the rules",
  "check",
  "rules",
  "--lint=all",
  "--lint-fatal",
  pathOf("rules.yml"),
  pathOf("alerts.yml"),
);

testWithPromtool(
  "every alert fires when it should, and only then",
  "test",
  "rules",
  pathOf("alerts_test.yml"),
);

test("every expression names what the daemon tells", () => {
  for (const { expr } of [...records, ...alerts]) assertKnown(expr, recorded);
});

test("recording rules are named level:metric:operations, and are used", () => {
  const used = [...records, ...alerts].map(({ expr }) => expr).join("\n");
  for (const name of recorded) {
    assertMatch(
      name,
      /^(instance|job)(_[a-z]+)?:callfire_[a-z_]+:[a-z]+(\d+m)?$/,
    );
    assert(used.includes(name), `nothing uses '${name}'`);
  }
});

test("every rule has a test, every alert one in which it fires", () => {
  const { tests } = parse(read("alerts_test.yml")) as { tests: RuleTest[] };
  const queries = tests.flatMap(({ promql_expr_test = [] }) =>
    promql_expr_test.map(({ expr }) => expr)
  );
  for (const name of recorded) {
    assert(queries.some((query) => query.startsWith(name)), name);
  }
  const fired = tests.flatMap(({ alert_rule_test = [] }) =>
    alert_rule_test.flatMap(({ alertname, exp_alerts = [] }) =>
      exp_alerts.map(({ exp_labels }) => `${alertname} ${exp_labels.severity}`)
    )
  );
  for (const { alert, labels } of alerts) {
    const expected = `${alert} ${labels?.severity}`;
    assert(fired.includes(expected), expected);
  }
});

test("every alert says what happened, what to do and where more is", () => {
  const headings = [...read("OPERATIONS.md").matchAll(/^### (\w+)$/gm)]
    .map(([, heading]) => heading!);
  const names = new Set(alerts.map(({ alert }) => alert));
  assertEquals(headings.toSorted(), [...names].toSorted());
  for (const { alert, annotations = {}, labels } of alerts) {
    assertMatch(labels?.severity ?? "", /^(critical|warning)$/, alert);
    const { description, runbook, summary, ...others } = annotations;
    assertEquals(others, {}, alert);
    // One line: what happened, a colon, what to do.
    assertMatch(summary ?? "", /^\S[^:]*: [a-z][^:]*[^.\s]$/, alert);
    assertMatch(description ?? "", /^\S.*\.$/s, alert);
    assertEquals(
      runbook,
      `daemon/deploy/OPERATIONS.md#${alert?.toLowerCase()}`,
    );
  }
});
