/**
 * An event, as the API shows it.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import type { StoredEvent } from "../store/store.ts";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import {
  formatTime,
  timeSchema,
  toOrderResponse,
  watchedOrderSchema,
} from "./watched_order_view.ts";

/** The shape of an event. */
export const eventSchema = z.object({
  sequence: z.int()
    .describe("Its place: larger than that of every event before it"),
  epoch: z.string().describe(
    "Which run of sequences that is; when the database is restored, sequences " +
      "are used again, in another epoch",
  ),
  type: z.enum(EVENT_TYPES),
  at: timeSchema,
  watch: watchedOrderSchema,
}).openapi("OrderEvent", {
  description: "What happened to an order, with the order as it was right " +
    "after it; for a removal, right before",
});

/** An event, as the API shows it. */
export type EventView = z.infer<typeof eventSchema>;

/**
 * Shows an event.
 *
 * @param event The event.
 */
export function toEventResponse(
  { sequence, epoch, type, at, watch }: StoredEvent,
): EventView {
  return {
    sequence,
    epoch,
    type,
    at: formatTime(at),
    watch: toOrderResponse(watch),
  };
}
