/**
 * A watched order, as the API shows it.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { ORDER_STATUSES } from "../../mod.ts";
import { POLL_RESULT_LABELS } from "../polling/poll_result.ts";
import {
  isOverdue,
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../polling/watched_order.ts";

/** A time of the API: RFC 3339, in UTC. */
export const timeSchema = z.iso.datetime();

const itemSchema = z.object({
  ordered: z.int().describe("How many were ordered"),
  unitCost: z.number().describe("The price of one, in US dollars"),
  fulfilled: z.array(z.string())
    .describe("What was bought so far: the phone numbers or the keywords"),
}).openapi("NumberOrderItem");

const orderSchema = z.object({
  id: z.string(),
  status: z.string().describe(
    `${ORDER_STATUSES.join(", ")}, or, kept as it came, one that CallFire ` +
      "has added since",
  ),
  created: timeSchema,
  totalCost: z.number().describe("What the whole order costs, in US dollars"),
  localNumbers: itemSchema.optional(),
  tollFreeNumbers: itemSchema.optional(),
  keywords: itemSchema.optional(),
}).openapi("NumberOrder", {
  description: "An order, as CallFire described it last",
});

const lastErrorSchema = z.object({
  code: z.string()
    .describe(
      POLL_RESULT_LABELS.filter((result) => result !== "ok").join(", "),
    ),
  message: z.string(),
  at: timeSchema,
}).openapi("LastError");

/** The shape of a watched order. */
export const watchedOrderSchema = z.object({
  id: z.string(),
  label: z.string().nullable().describe("What its owner calls it"),
  state: z.enum(["watching", "settled"]),
  outcome: z.enum(SETTLED_OUTCOMES).nullable()
    .describe(
      "How it ended; null while it is watched. `not_found`: CallFire answered " +
        "nothing but 404 for 20 seconds, or for 10 minutes where `order` is " +
        "not null, since it knew the order before",
    ),
  order: z.union([orderSchema, z.null()])
    .describe("The last reading; null before the first"),
  overdue: z.boolean()
    .describe("Whether it takes longer than the 20 seconds CallFire speaks of"),
  watchedAt: timeSchema.describe("When the watch began"),
  firstPolledAt: timeSchema.nullable()
    .describe("When the first answer about it ended"),
  lastPolledAt: timeSchema.nullable()
    .describe("When the last answer about it ended"),
  nextPollAt: timeSchema.nullable()
    .describe("When it is to be asked about next; null once it is settled"),
  settledAt: timeSchema.nullable()
    .describe("When it ended; null while it is watched"),
  polls: z.int().describe("How often CallFire was asked about it"),
  consecutiveErrors: z.int()
    .describe("How many of the last answers were faults"),
  lastError: z.union([lastErrorSchema, z.null()])
    .describe("The last fault; null after an answer without one"),
}).openapi("WatchedOrder", {
  example: {
    id: "1642251003",
    label: "spring campaign",
    state: "settled",
    outcome: "partial",
    order: {
      id: "1642251003",
      status: "FINISHED",
      created: "2026-03-01T11:59:58.000Z",
      totalCost: 5.5,
      localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: ["12135550142"] },
      keywords: { ordered: 2, unitCost: 4, fulfilled: ["YELLOWTAXI"] },
    },
    overdue: false,
    watchedAt: "2026-03-01T12:00:00.000Z",
    firstPolledAt: "2026-03-01T12:00:00.150Z",
    lastPolledAt: "2026-03-01T12:00:04.610Z",
    nextPollAt: null,
    settledAt: "2026-03-01T12:00:04.610Z",
    polls: 5,
    consecutiveErrors: 0,
    lastError: null,
  },
});

/** A watched order, as the API shows it. */
export type WatchedOrderView = z.infer<typeof watchedOrderSchema>;

/**
 * Shows a watch.
 *
 * @param watch The watch.
 * @param watchedFor How long it has been watched by now, in milliseconds; by
 * default as at its last poll.
 */
export function toOrderResponse(
  watch: WatchedOrder,
  watchedFor?: number,
): WatchedOrderView {
  const { order, lastError } = watch;
  return {
    id: watch.id,
    label: watch.label,
    state: watch.state,
    outcome: watch.outcome,
    order: order && { ...order, created: order.created.toISOString() },
    overdue: isOverdue(watch, watchedFor),
    watchedAt: formatTime(watch.watchedAt),
    firstPolledAt: formatIfAny(watch.firstPolledAt),
    lastPolledAt: formatIfAny(watch.lastPolledAt),
    nextPollAt: formatIfAny(watch.nextPollAt),
    settledAt: formatIfAny(watch.settledAt),
    polls: watch.polls,
    consecutiveErrors: watch.consecutiveErrors,
    lastError: lastError && { ...lastError, at: formatTime(lastError.at) },
  };
}

/**
 * A time as the API shows it.
 *
 * @param time Milliseconds since 1970.
 */
export function formatTime(time: number): string {
  return new Date(time).toISOString();
}

function formatIfAny(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}
