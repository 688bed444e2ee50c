/**
 * What callers say about endpoints of webhooks, checked.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import type { AllowedHosts } from "../webhooks/allowed_hosts.ts";
import {
  type Endpoints,
  MAX_ENDPOINTS_PER_ORDER,
} from "../webhooks/endpoints.ts";
import { parseTarget, TargetError } from "../webhooks/target.ts";
import { labelSchema } from "./order_input.ts";
import { invalidAt } from "./problem.ts";

/** What sends webhooks, or why nothing does. */
export type WebhookParts =
  | {
    /** The endpoints. */
    readonly endpoints: Endpoints;
    /** The hosts that may be sent to. */
    readonly hosts: AllowedHosts;
  }
  | {
    /** Why webhooks are off, and what to do. */
    readonly whyOff: string;
  };

const ENDPOINT = {
  url: z.string().describe(
    "Where to: https, at a host that the daemon's --webhook-hosts names",
  ).openapi({ example: "https://example.com/webhooks" }),
  events: z.array(z.enum(EVENT_TYPES)).min(1)
    .refine((types) => new Set(types).size === types.length, {
      error: "each type of events stands there once",
    })
    .openapi({ uniqueItems: true })
    .optional()
    .describe("The events that it is told of; all of them unless told"),
};

/** The body of a request to register an endpoint. */
export const registerBodySchema = z.strictObject({
  ...ENDPOINT,
  label: labelSchema.optional(),
}).openapi("RegisterWebhook");

/** The endpoint of one order, in the body of a request to watch it. */
export const orderWebhookSchema = z.strictObject(ENDPOINT)
  .openapi("OrderWebhook", {
    description: "An endpoint that is told of this order alone, from then on " +
      "and until the order is removed: of one that has settled already, which " +
      "the answer shows, it is told of its removal alone. One of the same URL " +
      "is left as it is. " +
      `An order has at most ${MAX_ENDPOINTS_PER_ORDER}`,
  });

/** The body of a request to resume an endpoint. */
export const resumeBodySchema = z.strictObject({
  replay: z.boolean().optional().describe(
    "Whether it is told of what it missed; it is, unless told otherwise",
  ),
  fromSequence: z.int().min(1).optional()
    .describe("The event with which to begin instead"),
}).refine(
  ({ fromSequence, replay }) => fromSequence === undefined || replay !== false,
  {
    error: "without a replay there is no event to begin with",
    path: ["fromSequence"],
  },
).openapi("ResumeWebhook");

/** The id in a path. */
export const webhookParams = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    example: "wh_8f14e45fceea167a5a36dedd4bea2543",
  }),
});

/**
 * Reads the URL of an endpoint.
 *
 * @param url The URL.
 * @param hosts The hosts that may be sent to.
 * @param path Where in the request it stands.
 * @returns The URL as it is written in full.
 * @throws {ProblemError} If webhooks cannot be sent there.
 */
export function parseWebhookUrl(
  url: string,
  hosts: AllowedHosts,
  path: string,
): string {
  try {
    return parseTarget(url, hosts).url;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw invalidAt(path, error.message);
  }
}
