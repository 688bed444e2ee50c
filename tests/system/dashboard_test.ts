import {
  assert,
  assertEquals,
  AssertionError,
  assertMatch,
  assertThrows,
} from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import {
  dashboardExpressions,
  type Panel,
  readDashboard,
  type Rectangle,
} from "../helpers/system/dashboard.ts";
import {
  assertKnown,
  assertParse,
  PROMTOOL,
} from "../helpers/system/promql.ts";

const dashboard = readDashboard();
const panels = dashboard.panels.filter(({ type }) => type !== "row");

function overlap(one: Rectangle, other: Rectangle): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w &&
    one.y < other.y + other.h && other.y < one.y + one.h;
}

/** The unit of what an expression comes to, by the first that fits. */
const UNITS: [RegExp, string][] = [
  [/_seconds_bucket/, "s"],
  [/_dollars_/, "currencyUSD"],
  [/_bytes/, "bytes"],
  [/_cpu_seconds_| \/ sum\(/, "percentunit"],
  [/^60 \* /, "cpm"],
  [/rate\((?:callfire_(?:polls|webhook_deliveries)|http_request)/, "reqps"],
  [/^sum.*callfire_(?:orders|webhook)_/, "short"],
];

/** The unit that a panel shows its values in; none for names and for words. */
function unitOf({ fieldConfig, options }: Panel): string | undefined {
  return options?.yAxis?.unit ?? fieldConfig?.defaults.unit;
}

test("the dashboard keeps its uid, and its panels share their tooltip", () => {
  assertEquals(dashboard.uid, "callfire-orders");
  assertEquals(dashboard.graphTooltip, 2);
  assert(dashboard.schemaVersion >= 39);
});

test("the data source, the job and the instance can be chosen", () => {
  assertEquals(
    dashboard.templating.list.map(({ name, type }) => [name, type]),
    [
      ["DS_PROMETHEUS", "datasource"],
      ["job", "query"],
      ["instance", "query"],
    ],
  );
});

test("the ids of the panels are unique", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
});

test("no panel lies over another or beside the grid", () => {
  dashboard.panels.forEach((panel, index) => {
    const { gridPos, title } = panel;
    assert(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
    for (const other of dashboard.panels.slice(index + 1)) {
      assert(
        !overlap(gridPos, other.gridPos),
        `'${title}' lies over '${other.title}'`,
      );
    }
  });
});

test("every panel has a title, a description, a data source and targets", () => {
  for (const { title, description, datasource, targets = [] } of panels) {
    assertMatch(title, /\S/);
    // One sentence.
    assertMatch(description ?? "", /^[A-Z][^\n]*[^.]\.$/, title);
    assert(targets.length > 0, title);
    for (const from of [{ datasource }, ...targets]) {
      assertEquals(
        from.datasource,
        { type: "prometheus", uid: "${DS_PROMETHEUS}" },
        title,
      );
    }
    for (const { legendFormat, instant, range } of targets) {
      assertMatch(legendFormat, /\S/, title);
      assert(instant !== range, title);
    }
    const refIds = targets.map(({ refId }) => refId);
    assertEquals(new Set(refIds).size, refIds.length, title);
  }
});

test("every panel has the unit of what it shows", () => {
  for (const panel of panels) {
    for (const { expr } of panel.targets ?? []) {
      const unit = UNITS.find(([pattern]) => pattern.test(expr))?.[1];
      assertEquals(unitOf(panel), unit, panel.title);
    }
  }
});

test("every expression picks the job and the instance", () => {
  for (const { title, targets = [] } of panels) {
    for (const { expr } of targets) {
      const all = expr.match(/\{[^}]*\}/g)?.length;
      const chosen = expr.match(
        /\{[^}]*job=~"\$job", instance=~"\$instance"\}/g,
      )?.length;
      assert(all && all === chosen, `${title}: ${expr}`);
    }
  }
});

test("every expression names what the daemon tells", () => {
  const expressions = dashboardExpressions();
  assert(expressions.length >= panels.length);
  for (const { expression } of expressions) assertKnown(expression);
});

test("what the daemon does not tell is noticed", () => {
  for (
    const wrong of [
      "rate(callfire_poll_total[5m])",
      "sum by (le) (callfire_poll_duration_seconds)",
      'callfire_orders_watching{status="DONE"}',
      'callfire_orders_watching{state="NEW"}',
      "up / callfire_orders",
      "instance:callfire_polls:rate5m > 0 unless up",
    ]
  ) {
    assertThrows(() => assertKnown(wrong), AssertionError, "there is no");
  }
});

testWithProgram(PROMTOOL, "Prometheus reads every expression", async () => {
  await assertParse(dashboardExpressions().map(({ expression }) => expression));
});
