/**
 * The endpoint of a single order, registered as its watch begins.
 *
 * @module
 */

import type { z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import { invalidAt } from "./problem.ts";
import {
  type orderWebhookSchema,
  parseWebhookUrl,
  type WebhookParts,
} from "./webhook_input.ts";

/** An endpoint that was asked for with an order. */
export interface OrderWebhook {
  /** As the API shows it; with its secret if it is new. */
  readonly view: { id: string; secret?: string };
  /** Removes it again if it is new: the order is not watched. */
  undo(): Promise<void>;
}

/**
 * Registers the endpoint of an order. It has to come before the watch, which
 * may end as soon as it has begun.
 *
 * @param webhooks What sends webhooks, or why nothing does.
 * @param order The order's id.
 * @param wanted What is said of the endpoint.
 * @throws {ProblemError} If webhooks are off, or cannot be sent there.
 * @throws {TooManyEndpointsError} If the order has as many as it may have.
 * @throws {StoreError} If it cannot be stored.
 */
export async function registerForOrder(
  webhooks: WebhookParts,
  order: string,
  wanted: z.infer<typeof orderWebhookSchema>,
): Promise<OrderWebhook> {
  if ("whyOff" in webhooks) throw invalidAt("body.webhook", webhooks.whyOff);
  const { endpoints, hosts } = webhooks;
  const { endpoint: { id }, secret } = await endpoints.register({
    url: parseWebhookUrl(wanted.url, hosts, "body.webhook.url"),
    types: wanted.events ?? EVENT_TYPES,
    label: null,
    order,
  });
  return {
    view: { id, ...secret !== undefined && { secret } },
    async undo() {
      if (secret !== undefined) await endpoints.remove(id).catch(() => {});
    },
  };
}
