/**
 * The daemon's events, as lines for a terminal.
 *
 * @module
 */

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { DemoFleet } from "./demo_fleet.ts";
import { pause } from "./demo_pause.ts";

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

/** So long after a stream broke off it is read on, in milliseconds. */
const RETRY_INTERVAL = 200;

/**
 * Follows the events of the daemons and prints each change. When a daemon ends,
 * another one tells what comes after.
 *
 * @param fleet The daemons; they have watched nothing before.
 * @param signal Ends it.
 */
export async function followEvents(
  fleet: DemoFleet,
  signal: AbortSignal,
): Promise<void> {
  let last = "0";
  do {
    try {
      const response = await fetch(`${fleet.url()}/v1/events`, {
        headers: { "last-event-id": last },
        signal,
      });
      const events = response.body!
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { data, event, id } of events) {
        if (event !== "order.removed") print(JSON.parse(data));
        last = id ?? last;
      }
    } catch {
      // The daemon was killed; one that ends by itself ends the demo too.
    }
  } while (await pause(RETRY_INTERVAL, signal));
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
