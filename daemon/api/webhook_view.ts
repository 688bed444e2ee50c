/**
 * An endpoint of webhooks, as the API shows it: without its secrets.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import { ATTEMPT_RESULTS } from "../webhooks/attempt.ts";
import {
  ATTEMPT_HISTORY_LIMIT,
  ENDPOINT_STATES,
  PARKING_REASONS,
  stateOf,
} from "../webhooks/endpoint.ts";
import type { EndpointStanding } from "../webhooks/endpoints.ts";
import { formatTime, timeSchema } from "./watched_order_view.ts";

/** How an attempt ended. */
const RESULT = {
  result: z.enum(ATTEMPT_RESULTS).describe("How it ended"),
  status: z.int().nullable()
    .describe("The status of the answer; null without one"),
  detail: z.string().nullable()
    .describe("What was wrong; null if it was delivered"),
};

const attemptSchema = z.object({
  at: timeSchema.describe("When it ended"),
  sequence: z.int().describe("The sequence of the event"),
  order: z.string().describe("The id of the event's order"),
  ...RESULT,
}).openapi("WebhookAttempt");

/** The shape of what comes of a test. */
export const testResultSchema = z.object({
  ...RESULT,
  seconds: z.number().describe("How long it took"),
}).openapi("WebhookTest");

/** The shape of an endpoint. */
export const webhookSchema = z.object({
  id: z.string().openapi({ example: "wh_8f14e45fceea167a5a36dedd4bea2543" }),
  url: z.string().describe("Where webhooks are sent to"),
  events: z.array(z.enum(EVENT_TYPES)).describe("The events that it wants"),
  label: z.string().nullable().describe("What its owner calls it"),
  order: z.string().nullable()
    .describe("The one order whose events it wants; null for all orders"),
  state: z.enum(ENDPOINT_STATES).describe(
    "Whether all goes well, the last attempt failed and is repeated for up " +
      "to 24 hours, or nothing more is sent until it is resumed",
  ),
  createdAt: timeSchema.describe("When it was registered"),
  sequence: z.int().describe(
    "The sequence of the last event that it and all before are done with; " +
      "the one after may have been delivered too",
  ),
  backlog: z.int().nullable().describe(
    "How many events are yet to be delivered; of those far behind, events of " +
      "other types count too. Null while it is parked",
  ),
  failingSince: timeSchema.nullable()
    .describe("When the first attempt failed since the last delivery"),
  nextAttemptAt: timeSchema.nullable()
    .describe("When it is tried again, if it fails"),
  parkedAt: timeSchema.nullable().describe("Since when it is parked"),
  parkedReason: z.enum(PARKING_REASONS).nullable().describe(
    "Why it is parked: it answered with 410 (gone), or failed for 24 hours: " +
      "at all, or at the event of the newest attempt whenever it was sent",
  ),
  attempts: z.array(attemptSchema).max(ATTEMPT_HISTORY_LIMIT)
    .describe("The last attempts, the newest first"),
}).openapi("Webhook");

/** An endpoint, as the API shows it. */
export type WebhookView = z.infer<typeof webhookSchema>;

/** A secret, which is shown once. */
export const secretSchema = z.string().openapi({
  pattern: "^whsec_[A-Za-z0-9+/]+=*$",
  description: "What its receiver verifies signatures with, by the Standard " +
    "Webhooks specification; it is not shown again",
});

/**
 * Shows an endpoint.
 *
 * @param standing The endpoint, and what it is yet to be told of.
 */
export function toEndpointResponse(
  { backlog, endpoint }: EndpointStanding,
): WebhookView {
  const { attempts, failing, parked } = endpoint;
  const time = (at: number | undefined) =>
    at === undefined ? null : formatTime(at);
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: [...endpoint.types],
    label: endpoint.label,
    order: endpoint.order,
    state: stateOf(endpoint),
    createdAt: formatTime(endpoint.createdAt),
    sequence: endpoint.cursor,
    backlog,
    failingSince: time(failing?.since),
    nextAttemptAt: time(failing?.nextAt),
    parkedAt: time(parked?.at),
    parkedReason: parked?.reason ?? null,
    attempts: attempts.map((one) => ({ ...one, at: formatTime(one.at) })),
  };
}
