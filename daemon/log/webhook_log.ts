/**
 * What is logged of webhooks: one line when an endpoint begins to fail, is
 * parked or takes them again, none for a delivery.
 *
 * @module
 */

import type { Log } from "./log.ts";
import { messageOf } from "../polling/error_message.ts";
import { type Endpoint, stateOf } from "../webhooks/endpoint.ts";

/**
 * Writes a line if an endpoint does otherwise than before. Of its URL it shows
 * the host alone, since the rest may be what only its owner should know.
 *
 * @param log Where to.
 * @param now The endpoint as it is now.
 * @param before The endpoint as it was.
 */
export function logEndpoint(log: Log, now: Endpoint, before: Endpoint): void {
  const state = stateOf(now);
  if (state === stateOf(before)) return;
  const fields = {
    webhook: now.id,
    host: new URL(now.url).host,
    label: now.label ?? undefined,
  };
  const detail = now.attempts[0]?.detail;
  switch (state) {
    case "active":
      return log.info("An endpoint of webhooks is sent to again", fields);
    case "failing":
      return log.warn(
        "An endpoint of webhooks fails; it is tried again for 24 hours",
        { ...fields, detail },
      );
    case "parked":
      return log.error(
        "An endpoint of webhooks is parked: nothing is sent there until it is " +
          "resumed",
        { ...fields, reason: now.parked?.reason, detail },
      );
  }
}

/**
 * Writes a line when the endpoints cannot be read, or can again.
 *
 * @param log Where to.
 * @param error Why they cannot; `undefined` if they can.
 */
export function logEndpointsFault(log: Log, error: unknown): void {
  if (error === undefined) {
    return log.info("The endpoints of webhooks can be read again");
  }
  log.error(
    "Cannot read the endpoints of webhooks; nothing is sent to those that are " +
      "not known yet",
    { detail: messageOf(error) },
  );
}
