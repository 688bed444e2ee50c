/**
 * What the tests of webhooks share, of a daemon and of receivers that are real.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import type {
  ReceivedWebhook,
  WebhookReceiver,
} from "../api/webhook_receiver.ts";
import type { DaemonProcess } from "./daemon_process.ts";

/** An endpoint, as a daemon tells of it. */
export interface WebhookView {
  /** Its id. */
  id: string;
  /** What it is doing. */
  state: string;
  /** The sequence up to which all is delivered. */
  sequence: number;
  /** How many events are yet to be delivered; `null` while it is parked. */
  backlog: number | null;
  /** The last attempts, the newest first. */
  attempts: { order: string; result: string; detail: string | null }[];
}

/** An event, as the events of a daemon tell it. */
interface EventView {
  sequence: number;
  watch: { id: string };
}

/** Registers an endpoint; answers its id and its secret. */
export function register(
  daemon: DaemonProcess,
  url: string,
): Promise<{ id: string; secret: string }> {
  return daemon.json("POST", "/v1/webhooks", { url });
}

/** Gets an endpoint. */
export function getWebhook(
  daemon: DaemonProcess,
  id: string,
): Promise<WebhookView> {
  return daemon.json("GET", `/v1/webhooks/${id}`);
}

/** Those of the messages that were sent to an endpoint. */
export function sentTo(
  id: string,
  received: readonly ReceivedWebhook[],
): ReceivedWebhook[] {
  return received.filter(({ headers }) =>
    headers["webhook-id"]?.endsWith(`_${id}`)
  );
}

/** Verifies with the official package that each message is a daemon's. */
export function verifyAll(
  received: readonly ReceivedWebhook[],
  ...secrets: string[]
): void {
  for (const { body, headers, text } of received) {
    for (const secret of secrets) {
      assertEquals(new Webhook(secret).verify(text, headers), body);
    }
  }
}

/**
 * Makes sure that each event of some orders has come, and not before those of
 * its order that were before it.
 */
export async function checkComplete(
  daemon: DaemonProcess,
  receiver: WebhookReceiver,
  orders: readonly string[],
): Promise<void> {
  for (const order of orders) {
    const { items } = await daemon
      .json<{ items: EventView[] }>("GET", `/v1/orders/${order}/history`);
    checkOrderCame(receiver, order, items);
  }
}

/**
 * Makes sure that each of all events has come, and not before those of its
 * order that were before it.
 */
export function checkAllCame(
  receiver: WebhookReceiver,
  events: readonly EventView[],
): void {
  const orders = Map.groupBy(events, ({ watch }) => watch.id);
  for (const [order, items] of orders) checkOrderCame(receiver, order, items);
}

function checkOrderCame(
  { received }: WebhookReceiver,
  order: string,
  events: readonly EventView[],
): void {
  const known = new Set<number>();
  for (const { body } of received) {
    const { sequence, watch } = body.data as EventView;
    if (watch.id !== order) continue;
    const missing = events.find((event) =>
      event.sequence < sequence && !known.has(event.sequence)
    );
    assert(!missing, `event ${sequence} of order ${order} came too soon`);
    known.add(sequence);
  }
  assertEquals(known, new Set(events.map(({ sequence }) => sequence)), order);
}

/** Whether the end of each order has come. */
export function haveEnded(
  received: readonly ReceivedWebhook[],
  orders: readonly string[],
): boolean {
  const ended = new Set(
    received.filter(({ body }) => body.type === "order.settled")
      .map(({ body }) => body.data.watch.id),
  );
  return orders.every((order) => ended.has(order));
}
