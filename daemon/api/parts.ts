/**
 * What the API is made of.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Clock } from "../../mod.ts";
import type { EventFeed } from "../event_feed.ts";
import type { FailedRequest } from "../log/failure_log.ts";
import type { Health } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import type { PollStatistics } from "../polling/poll_statistics.ts";
import type { LongPause } from "../polling/long_pause.ts";
import type { Store } from "../store/store.ts";
import type { Tracker } from "../polling/tracker.ts";
import type { WebhookParts } from "./webhook_input.ts";

/** What the exchanges of the API carry. */
export interface ApiEnv {
  /** What is known of the request. */
  Variables: {
    /** Its id. */
    requestId: string;
  };
}

/** What the API is made of. */
export interface ApiDependencies {
  /** Watches orders. */
  tracker: Pick<
    Tracker,
    | "watch"
    | "relabel"
    | "forget"
    | "find"
    | "census"
    | "upstream"
    | "inFlight"
    | "overdue"
    | "watchedFor"
  >;
  /** Where watches are kept. */
  store: Pick<
    Store,
    "find" | "list" | "history" | "lastSequence" | "epochOf" | "counts"
  >;
  /** The long pause that CallFire asked for. */
  pause: Pick<LongPause, "current">;
  /** The events as they happen. */
  feed: EventFeed;
  /** What sends webhooks, or why nothing does. */
  webhooks: WebhookParts;
  /** Whether the daemon does its work. */
  health: Health;
  /** How the polling goes. */
  statistics: PollStatistics;
  /** The metrics. */
  metrics: Pick<Metrics, "contentType" | "render" | "requested" | "serves">;
  /** Where time comes from. */
  clock: Clock;
  /** Aborted when the daemon stops: ends streams and waits. */
  stopping: AbortSignal;
  /** What callers of `/v1` must show; `undefined` for nothing. */
  token: string | undefined;
  /**
   * The hosts, without ports, that requests may be for; `null` for any. Where
   * no token is needed they keep out the pages of other hosts, whose names may
   * be made to lead here (DNS rebinding).
   */
  allowedHosts: readonly string[] | null;
  /** The version of the daemon. */
  version: string;
  /** The status page, which is served at `/`; absent for none. */
  page?: Hono;
  /** Is told of errors that are the daemon's, not the caller's. */
  onFailure: (error: unknown, request: FailedRequest) => void;
}
