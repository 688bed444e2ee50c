/**
 * The daemon's events, as lines for a terminal.
 *
 * @module
 */

import { EventSourceParserStream } from "eventsource-parser/stream";

/** The parts of an event's data that are shown. */
interface EventData {
  at: string;
  watch: {
    id: string;
    label: string | null;
    outcome: string | null;
    overdue: boolean;
    lastError: { code: string } | null;
    order: {
      status: string;
      totalCost: number;
      [kind: string]: unknown;
    } | null;
  };
}

const COLORS: Readonly<Record<string, string>> = {
  fulfilled: "color: green",
  partial: "color: yellow",
  unfulfilled: "color: yellow",
};

/**
 * Follows the events of a daemon and prints each change.
 *
 * @param url Where the daemon is.
 * @param signal Ends it.
 */
export async function followEvents(
  url: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await fetch(`${url}/v1/events`, { signal });
    const events = response.body!
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events) {
      if (event !== "order.removed") print(JSON.parse(data));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function print({ at, watch }: EventData): void {
  const { id, label, lastError, order, outcome } = watch;
  const status = lastError?.code ?? order?.status ?? "watched";
  const cost = outcome && order ? `$${order.totalCost.toFixed(2)}` : "";
  console.log(
    `${at.slice(11, 19)}  ${id}  ${(label ?? "").padEnd(25)}  ` +
      `${status.padEnd(12)}  ${items(order).padEnd(8)}  ${cost.padEnd(6)}  ` +
      `%c${outcome ?? ""}`,
    COLORS[outcome ?? ""] ?? "color: red",
  );
}

function items(order: EventData["watch"]["order"]): string {
  const items = ["localNumbers", "tollFreeNumbers", "keywords"].flatMap(
    (kind) => order?.[kind] as { ordered: number; fulfilled: string[] } ?? [],
  );
  if (items.length === 0) return "";
  const ordered = items.reduce((sum, item) => sum + item.ordered, 0);
  const count = items.reduce((sum, item) => sum + item.fulfilled.length, 0);
  return `${count} of ${ordered}`;
}
