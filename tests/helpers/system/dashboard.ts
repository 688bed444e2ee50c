/**
 * The dashboard for Grafana, as data.
 *
 * @module
 */

/** A place on the grid, which is 24 columns wide. */
export interface Rectangle {
  /** Its first column. */
  x: number;
  /** Its first line. */
  y: number;
  /** How many columns it takes. */
  w: number;
  /** How many lines it takes. */
  h: number;
}

/** A panel, or the heading of a row of panels. */
export interface Panel {
  /** Its number. */
  id: number;
  /** What it draws; `row` for a heading. */
  type: string;
  /** Its title. */
  title: string;
  /** What it shows, in a sentence; headings have none. */
  description?: string;
  /** Where it is. */
  gridPos: Rectangle;
  /** Where its data comes from. */
  datasource?: { type: string; uid: string };
  /** What it asks for. */
  targets?: {
    refId: string;
    datasource: { type: string; uid: string };
    expr: string;
    legendFormat: string;
    instant: boolean;
    range: boolean;
  }[];
  /** How values are shown. */
  fieldConfig?: { defaults: { unit?: string } };
  /** What is special to its type; a heat map has its unit here. */
  options?: { yAxis?: { unit: string } };
}

/** A dashboard. */
export interface Dashboard {
  /** What it is found by. */
  uid: string;
  /** The version of Grafana's schema. */
  schemaVersion: number;
  /** 2 where all panels show their tooltip at the same time. */
  graphTooltip: number;
  /** Its variables. */
  templating: { list: { name: string; type: string; query: unknown }[] };
  /** Its panels. */
  panels: Panel[];
}

/** An expression of a panel. */
export interface DashboardExpression {
  /** The title of its panel. */
  panel: string;
  /** The name of the query in its panel. */
  refId: string;
  /** The expression, with values in place of Grafana's variables. */
  expression: string;
}

const FILE = new URL("../../../daemon/deploy/dashboard.json", import.meta.url);

/** Reads the dashboard. */
export function readDashboard(): Dashboard {
  return JSON.parse(Deno.readTextFileSync(FILE));
}

/**
 * Lists every expression that the dashboard asks Prometheus for.
 *
 * @param variables What stands in place of Grafana's variables.
 * @throws {Error} If an expression has another variable.
 */
export function dashboardExpressions(
  variables: Readonly<Record<string, string>> = {
    job: "callfire-orders",
    instance: ".*",
    __rate_interval: "1m",
    __range: "6h",
  },
): DashboardExpression[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, refId }) => ({
      panel: title,
      refId,
      expression: expr.replaceAll(/\$(\w+)/g, (_match, name) => {
        const value = variables[name];
        if (value !== undefined) return value;
        throw new Error(`'${title}' asks with an unknown variable '$${name}'`);
      }),
    }))
  );
}
