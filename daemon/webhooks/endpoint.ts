/**
 * What an endpoint is that webhooks are sent to, and what becomes of it; pure.
 *
 * @module
 */

import type { EventType } from "../polling/watched_order.ts";
import type { AttemptResult } from "./attempt.ts";
import {
  countFailure,
  type Failure,
  type Failures,
  isGivenUp,
} from "./retries.ts";

/** How long a secret stays valid beside the one that took its place, in ms. */
export const OLD_SECRET_LIFETIME_MS = 24 * 60 * 60 * 1_000;

/**
 * The most secrets that an endpoint has, so that the header of its signatures
 * stays short.
 */
export const MAX_SECRETS = 10;

/** A secret of an endpoint. */
export interface EndpointSecret {
  /** `whsec_` and its bytes in base64. */
  readonly text: string;
  /** Until when it is valid, in milliseconds since 1970; `null` for ever. */
  readonly validUntil: number | null;
}

/** Why nothing more is sent to an endpoint. */
export const PARKING_REASONS = [
  /** It answered with 410: it wants no more. */
  "gone",
  /** It has failed for 24 hours, maybe at one event alone. */
  "failing",
] as const;

/** Why nothing more is sent to an endpoint. */
export type ParkingReason = typeof PARKING_REASONS[number];

/** What an endpoint can be doing. */
export const ENDPOINT_STATES = ["active", "failing", "parked"] as const;

/** What an endpoint is doing. */
export type EndpointState = typeof ENDPOINT_STATES[number];

/** How many of an endpoint's attempts are kept. */
export const ATTEMPT_HISTORY_LIMIT = 10;

/** An attempt at an endpoint that has ended. */
export interface PastAttempt {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** The sequence of the event. */
  readonly sequence: number;
  /** The id of the event's order. */
  readonly order: string;
  /** How it ended. */
  readonly result: AttemptResult;
  /** The status of the answer; `null` without one. */
  readonly status: number | null;
  /** What was wrong, without any secret; `null` if it was delivered. */
  readonly detail: string | null;
}

/** An endpoint, and how far it has come. */
export interface Endpoint {
  /** `wh_`, and letters and digits. */
  readonly id: string;
  /** Where to. It may hold what only its owner should know. */
  readonly url: string;
  /** What its owner calls it; `null` for nothing. */
  readonly label: string | null;
  /** The types of events that it wants. */
  readonly types: readonly EventType[];
  /** The one order whose events it wants; `null` for all orders. */
  readonly order: string | null;
  /** Its secrets, the newest first: 10 at most. */
  readonly secrets: readonly EndpointSecret[];
  /** When it was registered, in milliseconds since 1970. */
  readonly createdAt: number;
  /** The sequence of the last event that it and all before are done with. */
  readonly cursor: number;
  /** Failures one after the other, of any events; `null` for none. */
  readonly failing: Failures | null;
  /**
   * Since when the event after the cursor has failed, in milliseconds since
   * 1970, while others may have been delivered; `null` if it has not.
   */
  readonly heldSince: number | null;
  /** Since when, in milliseconds since 1970, and why nothing more is sent. */
  readonly parked:
    | { readonly at: number; readonly reason: ParkingReason }
    | null;
  /** The last attempts, the newest first: 10 at most. */
  readonly attempts: readonly PastAttempt[];
  /** How often it was resumed: what was found out before then is out of date. */
  readonly resumed: number;
}

/** What is told of a new endpoint. */
export type NewEndpoint =
  & Pick<Endpoint, "url" | "label" | "types" | "order">
  & {
    /** When it is registered, in milliseconds since 1970. */
    at: number;
    /** Its secret. */
    secret: string;
  };

/**
 * Begins an endpoint. Its cursor is at 0 until a store gives it its place.
 *
 * @param given What is told of it.
 */
export function beginEndpoint(
  { at, secret, ...given }: NewEndpoint,
): Endpoint {
  return {
    id: `wh_${crypto.randomUUID().replaceAll("-", "")}`,
    ...given,
    secrets: [{ text: secret, validUntil: null }],
    createdAt: at,
    cursor: 0,
    failing: null,
    heldSince: null,
    parked: null,
    attempts: [],
    resumed: 0,
  };
}

/**
 * What an endpoint is doing.
 *
 * @param endpoint The endpoint.
 */
export function stateOf({ failing, parked }: Endpoint): EndpointState {
  if (parked) return "parked";
  return failing ? "failing" : "active";
}

/**
 * The secrets that are valid, the newest first.
 *
 * @param endpoint The endpoint.
 * @param at The moment, in milliseconds since 1970.
 */
export function validSecrets(
  { secrets }: Pick<Endpoint, "secrets">,
  at: number,
): string[] {
  return secrets
    .filter(({ validUntil }) => validUntil === null || at < validUntil)
    .map(({ text }) => text);
}

/**
 * The secrets of an endpoint that is given a new one. The one before stays
 * valid for 24 hours, and those before that as long as they were to; of more
 * than 10 in all, the newest.
 *
 * @param endpoint The endpoint.
 * @param secret The new secret.
 * @param at The moment, in milliseconds since 1970.
 */
export function rotate(
  { secrets }: Pick<Endpoint, "secrets">,
  secret: string,
  at: number,
): EndpointSecret[] {
  const old = secrets
    .map(({ text, validUntil }) => ({
      text,
      validUntil: validUntil ?? at + OLD_SECRET_LIFETIME_MS,
    }))
    .filter(({ validUntil }) => at < validUntil);
  return [{ text: secret, validUntil: null }, ...old].slice(0, MAX_SECRETS);
}

/**
 * What an endpoint is after a delivery.
 *
 * @param endpoint The endpoint.
 * @param attempt The attempt.
 */
export function afterDelivery(
  endpoint: Endpoint,
  attempt: PastAttempt,
): Endpoint {
  return { ...endpoint, failing: null, attempts: keep(endpoint, attempt) };
}

/** An attempt that failed. */
export interface FailedAttempt {
  /** The attempt. */
  readonly attempt: PastAttempt;
  /** The failure that it was. */
  readonly failure: Failure;
  /** The failures of the endpoint as the attempt began; `null` for none. */
  readonly before: Failures | null;
  /** Whether no more is to be tried, whatever the endpoint's failures say. */
  readonly isGivenUp: boolean;
}

/**
 * What an endpoint is after an attempt that failed. Attempts that were under
 * way together count as one failure.
 *
 * @param endpoint The endpoint.
 * @param failed The attempt.
 */
export function afterFailure(
  endpoint: Endpoint,
  { attempt, before, failure, isGivenUp: isOver }: FailedAttempt,
): Endpoint {
  const attempts = keep(endpoint, attempt);
  if (endpoint.parked) return { ...endpoint, attempts };
  const { at } = failure;
  const failing = together(endpoint.failing, countFailure(before, failure));
  const isGone = attempt.result === "gone";
  if (!isGone && !isOver && !isGivenUp(failing, at)) {
    return { ...endpoint, failing, attempts };
  }
  const reason = isGone ? "gone" : "failing";
  return { ...endpoint, failing: null, parked: { at, reason }, attempts };
}

function keep({ attempts }: Endpoint, newest: PastAttempt): PastAttempt[] {
  return [newest, ...attempts.slice(0, ATTEMPT_HISTORY_LIMIT - 1)];
}

function together(known: Failures | null, other: Failures): Failures {
  return {
    since: Math.min(known?.since ?? Infinity, other.since),
    count: Math.max(known?.count ?? 0, other.count),
    nextAt: known && known.count >= other.count
      ? Math.max(known.nextAt, other.nextAt)
      : other.nextAt,
  };
}
