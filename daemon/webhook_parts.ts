/**
 * The parts that send webhooks, wired to each other.
 *
 * @module
 */

import type { Clock } from "../mod.ts";
import type { Log } from "./log/log.ts";
import type { StoredEvent } from "./store/store.ts";
import { logEndpoint, logEndpointsFault } from "./log/webhook_log.ts";
import { Deliverer } from "./webhooks/deliverer.ts";
import { Deliveries } from "./webhooks/deliveries.ts";
import { Endpoints } from "./webhooks/endpoints.ts";
import {
  Sender,
  type SenderOptions,
  type TimedAttempt,
} from "./webhooks/sender.ts";
import type { WebhookStore } from "./webhooks/webhook_store.ts";

/** What webhooks need besides what every part does. */
export interface WebhookOptions
  extends Pick<SenderOptions, "attempt" | "hosts" | "sign" | "wallNow"> {
  /** Where endpoints are kept. */
  store: WebhookStore;
  /** Shows an event as its receivers are told of it. */
  show: (event: StoredEvent) => unknown;
}

/** The parts. */
export interface WebhookParts {
  /** Delivers, whenever it is this daemon that does. */
  readonly deliverer: Deliverer;
  /** The endpoints, for those who look after them. */
  readonly endpoints: Endpoints;
}

/** What the parts are wired to. */
export interface WebhookWiring {
  /** Time and chance. */
  clock: Clock;
  /** Where log lines go. */
  log: Log;
  /** Whether it is this daemon that delivers, right now. */
  isLeader: () => boolean;
  /** Is told of each attempt. */
  onAttempt: (attempt: TimedAttempt) => void;
}

/**
 * Makes the parts; nothing is sent until the deliverer begins.
 *
 * @param options What webhooks need.
 * @param wiring What the parts are wired to.
 */
export function buildWebhooks(
  { show, store, wallNow, ...sending }: WebhookOptions,
  { clock, log, isLeader, onAttempt }: WebhookWiring,
): WebhookParts {
  const sender = new Sender({ ...sending, clock, wallNow, onAttempt });
  const deliverer = new Deliverer(() =>
    new Deliveries({
      store,
      clock,
      wallNow,
      sender,
      show,
      isLeader,
      onChange: (now, before) => logEndpoint(log, now, before),
      onFault: (error) => logEndpointsFault(log, error),
    })
  );
  store.subscribe((ids) => deliverer.refresh(ids));
  return {
    deliverer,
    endpoints: new Endpoints({ store, deliverer, sender, wallNow }),
  };
}
