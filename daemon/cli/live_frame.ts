/**
 * One frame of the live view: a line for each order.
 *
 * @module
 */

import { formatSeconds, itemCount, styleOf } from "./order_text.ts";
import type { ErrorReport, OrderProgress } from "./progress.ts";
import { type Piece, styledLine } from "./styled_line.ts";

/** The length of the longest status that CallFire documents. */
const MAX_STATUS_LENGTH = 16;

interface Column {
  heading: string;
  /** The minimum width; by default that of the heading. */
  width?: number;
  /** Whether it is aligned to the right. */
  isNumber?: boolean;
  cell: (progress: OrderProgress) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: "order", cell: ({ id }) => id },
  {
    heading: "elapsed",
    isNumber: true,
    cell: ({ elapsed }) => formatSeconds(elapsed),
  },
  {
    heading: "attempt",
    isNumber: true,
    cell: ({ attempt }) => String(attempt),
  },
  {
    heading: "status",
    width: "PROCESSING".length,
    cell: ({ order }) => order?.status.slice(0, MAX_STATUS_LENGTH) ?? "-",
  },
  {
    heading: "bought",
    cell: ({ order }) => order ? itemCount(order) : "-",
  },
];

/** What a frame depends on besides the orders; sizes are in characters. */
export interface FrameOptions {
  /** Milliseconds since the start. */
  elapsed: number;
  /** The error of the connection to the daemon, if it fails. */
  connection: ErrorReport | null;
  columns: number;
  rows: number;
  hasColor: boolean;
}

/**
 * Draws a frame that leaves the last row of the terminal free.
 *
 * @returns Lines, none of them wider than the terminal.
 */
export function liveFrame(
  orders: readonly OrderProgress[],
  options: FrameOptions,
): string[] {
  const { columns, connection, elapsed, hasColor, rows } = options;
  // Three rows are for the headings, the footer and the free row.
  const shown = fitRows(orders, Math.max(0, rows - 3)).map((progress) =>
    isEnded(progress) ? progress : { ...progress, elapsed }
  );
  const hidden = orders.length - shown.length;
  const footer: Piece[] = [
    {
      text: `${orders.filter(isEnded).length} of ${orders.length} ended` +
        (hidden > 0 ? `, ${hidden} not shown` : ""),
    },
    {
      text: connection
        ? `; daemon unreachable, retrying: ${connection.message}`
        : "",
      style: "yellow",
    },
  ];
  return [...(shown.length > 0 ? orderTable(shown) : []), footer]
    .map((pieces) => styledLine(pieces, hasColor, columns));
}

/** All orders in their order, or, if they do not fit, the open ones first. */
function fitRows(
  orders: readonly OrderProgress[],
  room: number,
): readonly OrderProgress[] {
  if (orders.length <= room) return orders;
  return orders.toSorted((a, b) => Number(isEnded(a)) - Number(isEnded(b)))
    .slice(0, room);
}

function orderTable(orders: readonly OrderProgress[]): Piece[][] {
  const widths = COLUMNS.map(({ cell, heading, width }) =>
    orders.reduce(
      (max, progress) => Math.max(max, cell(progress).length),
      width ?? heading.length,
    )
  );
  const join = (text: (column: Column) => string) =>
    COLUMNS.map((column, index) => {
      const width = widths[index] ?? 0;
      return column.isNumber
        ? text(column).padStart(width)
        : text(column).padEnd(width);
    }).join("  ");
  const headings = join(({ heading }) => heading);
  return [
    [{ text: `  ${headings}  outcome`, style: "dim" }],
    ...orders.map((progress): Piece[] => {
      const { error, outcome } = progress;
      const { mark, style } = styleOf(outcome);
      const problem = error ? `${error.code}, retrying` : "";
      return [
        { text: mark, style },
        { text: ` ${join(({ cell }) => cell(progress))}  ` },
        { text: outcome ?? problem, style: style ?? "yellow" },
      ];
    }),
  ];
}

function isEnded({ outcome }: OrderProgress): boolean {
  return outcome !== null;
}
