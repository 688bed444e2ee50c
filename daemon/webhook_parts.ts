/**
 * The parts that send webhooks, wired to each other.
 *
 * @module
 */

import type { Clock } from "../mod.ts";
import type { Log } from "./log.ts";
import type { StoredEvent } from "./watch/store.ts";
import { logEndpoint } from "./webhook_log.ts";
import { Deliveries } from "./webhooks/deliveries.ts";
import { Sender, type TimedAttempt } from "./webhooks/sender.ts";
import type { AllowedHosts } from "./webhooks/allowed_hosts.ts";
import type { WebhookStore } from "./webhooks/webhook_store.ts";

/** What webhooks need besides what every part does. */
export interface WebhookOptions {
  /** Where endpoints are kept. */
  store: WebhookStore;
  /** The hosts that may be sent to. */
  hosts: AllowedHosts;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
  /** Shows an event as its receivers are told of it. */
  show: (event: StoredEvent) => unknown;
}

/**
 * Makes the deliveries; nothing is sent until they start.
 *
 * @param options What webhooks need.
 * @param clock Time and chance.
 * @param log Where log lines go.
 * @param onAttempt Is told of each attempt.
 */
export function buildDeliveries(
  { hosts, show, store, wallNow }: WebhookOptions,
  clock: Clock,
  log: Log,
  onAttempt: (attempt: TimedAttempt) => void,
): Deliveries {
  return new Deliveries({
    store,
    clock,
    wallNow,
    sender: new Sender({ clock, wallNow, hosts, onAttempt }),
    show,
    onChange: (now, before) => logEndpoint(log, now, before),
  });
}
