/**
 * What a person sees at one moment: a line for each order.
 *
 * @module
 */

import type { Fault, OrderProgress } from "./order_progress.ts";
import { formatSeconds, itemCount, lookOf } from "./order_text.ts";
import { type Piece, styledLine } from "./styled_line.ts";

/** The longest status that CallFire documents has so many characters. */
const MAX_STATUS_LENGTH = 16;

interface Column {
  heading: string;
  /** The least width, if it is not that of the heading. */
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

/** What a frame depends on besides the orders. */
export interface FrameOptions {
  /** Milliseconds since the start. */
  elapsed: number;
  /** What is wrong with the daemon, if something is. */
  connection: Fault | null;
  /** The width of the terminal. */
  columns: number;
  /** The height of the terminal. */
  rows: number;
  /** Whether there are colors. */
  hasColor: boolean;
}

/**
 * Draws a frame that leaves the last row of the terminal free.
 *
 * @param orders The orders, as they were given.
 * @param options What else it depends on.
 * @returns Lines, none of them wider than the terminal.
 */
export function liveFrame(
  orders: readonly OrderProgress[],
  options: FrameOptions,
): string[] {
  const { columns, connection, elapsed, hasColor, rows } = options;
  // Room for the headings and the line beneath; at least for the latter.
  const shown = mostUseful(orders, Math.max(0, rows - 3)).map((progress) =>
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
        ? `; the daemon fails, trying again: ${connection.message}`
        : "",
      style: "yellow",
    },
  ];
  return [...(shown.length > 0 ? orderTable(shown) : []), footer]
    .map((pieces) => styledLine(pieces, hasColor, columns));
}

/** As they were given, unless only some fit: then those still open first. */
function mostUseful(
  orders: readonly OrderProgress[],
  room: number,
): readonly OrderProgress[] {
  if (orders.length <= room) return orders;
  return orders.toSorted((one, other) =>
    Number(isEnded(one)) - Number(isEnded(other))
  ).slice(0, room);
}

function orderTable(orders: readonly OrderProgress[]): Piece[][] {
  const widths = COLUMNS.map(({ cell, heading, width }) =>
    orders.reduce(
      (most, progress) => Math.max(most, cell(progress).length),
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
      const { mark, style } = lookOf(outcome);
      const fault = error ? `${error.code}, asking again` : "";
      return [
        { text: mark, style },
        { text: ` ${join(({ cell }) => cell(progress))}  ` },
        { text: outcome ?? fault, style: style ?? "yellow" },
      ];
    }),
  ];
}

function isEnded({ outcome }: OrderProgress): boolean {
  return outcome !== null;
}
