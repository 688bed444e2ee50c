/**
 * The parts of the daemon that do its work, wired to each other: everything
 * but the server in front of them.
 *
 * @module
 */

import { type AdmitRequest, createGatedClient } from "../client/internal.ts";
import type { CallFireClient, Clock } from "../mod.ts";
import { type Config, ConfigError } from "./config/config.ts";
import { EventFeed } from "./event_feed.ts";
import {
  logEvents,
  logPause,
  logRewind,
  logStorage,
  logUpstream,
} from "./log/event_log.ts";
import { Health } from "./health.ts";
import { logMembership } from "./log/lease_log.ts";
import type { Log } from "./log/log.ts";
import { Metrics } from "./metrics.ts";
import { PollStatistics } from "./polling/poll_statistics.ts";
import { SelfTest } from "./self_test.ts";
import { VERSION } from "./version.ts";
import {
  buildWebhooks,
  type WebhookOptions,
  type WebhookParts,
} from "./webhook_parts.ts";
import { SlewedClock } from "./cluster/slewed_clock.ts";
import type { LeaseStore } from "./cluster/lease_store.ts";
import { LongPause, type PauseStore } from "./polling/long_pause.ts";
import { Membership } from "./cluster/membership.ts";
import type { Store } from "./store/store.ts";
import { Tracker } from "./polling/tracker.ts";

/** The most questions that are out at once. */
const MAX_IN_FLIGHT = 64;

/** What the parts are made of. */
export interface CoreOptions {
  /** The settings. */
  config: Pick<
    Config,
    "login" | "password" | "baseUrl" | "expireAfter" | "maxRequestsPerSecond"
  >;
  /** Time and chance; its date is the wall clock's, and may jump. */
  clock: Clock;
  /** Where watches are kept. */
  store: Store;
  /** Keeps the long pause that CallFire asked for; absent if nothing does. */
  pauses?: PauseStore | undefined;
  /** How the store is shared with other daemons; absent if it is not. */
  sharing?: Sharing | undefined;
  /** What webhooks need; absent if there are none. */
  webhooks?: WebhookOptions | undefined;
  /** Where log lines go. */
  log: Log;
  /** What to ask with, for a client that is to ask otherwise than usual. */
  fetch?: typeof fetch | undefined;
}

/** What a daemon needs that shares its store with others. */
export interface Sharing {
  /** Keeps the leases. */
  leases: LeaseStore;
  /** The date as the machine has it now, in milliseconds since 1970. */
  wallNow: () => number;
}

/** The parts. */
export interface Core {
  /** Time and chance; its date is that of the store if that is shared. */
  readonly clock: Clock;
  /** Watches orders. */
  readonly tracker: Tracker;
  /** The long pause that CallFire asked for. */
  readonly pause: LongPause;
  /** Hands events on. */
  readonly feed: EventFeed;
  /** Tells whether the daemon does its work. */
  readonly health: Health;
  /** How the polling went lately. */
  readonly statistics: PollStatistics;
  /** Counts for Prometheus. */
  readonly metrics: Metrics;
  /** What sends webhooks; absent if nothing does. */
  readonly webhooks: WebhookParts | undefined;
  /** Whether answers can be read. */
  readonly selfTest: SelfTest;
  /**
   * Begins to ask about orders.
   *
   * @throws {StoreError} If the store does not say which.
   */
  start(): Promise<void>;
  /**
   * Asks no more, gives questions that are out so many milliseconds, and leaves
   * the orders to other daemons.
   */
  stop(grace: number): Promise<void>;
}

/**
 * Makes the parts and wires them. Nothing is asked until the tracker starts.
 *
 * @param options What they are made of.
 * @returns The parts.
 * @throws {ConfigError} If the credentials or the base URL cannot be used.
 */
export function buildCore(options: CoreOptions): Core {
  const { config, log, sharing, store } = options;
  const { expireAfter, maxRequestsPerSecond } = config;
  const date = new SlewedClock(
    () => options.clock.now(),
    options.clock.date().getTime(),
  );
  const clock = sharing ? withDate(options.clock, date) : options.clock;
  const client = makeClient(options, clock, (id) => tracker.admit(id));
  const statistics = new PollStatistics(() => clock.now());
  const selfTest = new SelfTest(() => clock.now());
  const tracker: Tracker = new Tracker({
    ask: (id, options) => client.getNumberOrder(id, options),
    store,
    clock,
    maxRequestsPerSecond,
    maxInFlight: MAX_IN_FLIGHT,
    canPoll: () => membership?.canPoll ?? true,
    hasLease: () => membership?.hasLease ?? true,
    expireAfter,
    onPoll(poll) {
      statistics.add(poll);
      metrics.polled(poll);
      selfTest.polled(poll.result);
    },
    onRetryAfter: (asked) => pause.asked(asked),
    onUpstream: (state, fault) => logUpstream(log, state, fault),
    onStorage: (error) => logStorage(log, error),
  });
  const webhooks = options.webhooks && buildWebhooks(options.webhooks, {
    clock,
    log,
    isLeader: () => membership?.isLeader ?? true,
    onAttempt: (attempt) => metrics.attempted(attempt),
  });
  const deliverer = webhooks?.deliverer;
  const membership: Membership | undefined = sharing && new Membership({
    ...sharing,
    tracker,
    deliverer,
    clock,
    date,
    maxRequestsPerSecond,
    onChange: (change) => logMembership(log, change),
  });
  const { census, upstream } = tracker;
  const pause = new LongPause({
    store: options.pauses,
    isShared: sharing !== undefined,
    upstream,
    clock,
    onChange: (pause) => logPause(log, pause),
  });
  const metrics = new Metrics({
    census,
    upstream,
    pause,
    clock,
    version: VERSION,
    droppedLogLines: () => log.dropped,
  });
  if (membership) metrics.shares(membership);
  if (deliverer) metrics.delivers(deliverer);
  const feed = new EventFeed(store);
  const health = new Health({
    store,
    upstream,
    pause,
    membership,
    now: () => clock.now(),
    log,
  });
  store.subscribe({
    onEvents(events, own, held) {
      tracker.happened(held);
      metrics.happened(own);
      feed.publish(events);
      deliverer?.happened(events);
      logEvents(log, own);
    },
    onRewind() {
      feed.rewind();
      logRewind(log);
    },
  });
  return {
    clock,
    tracker,
    pause,
    feed,
    health,
    statistics,
    metrics,
    webhooks,
    selfTest,
    async start() {
      await pause.start();
      if (membership) {
        tracker.run();
        return await membership.start();
      }
      await deliverer?.begin();
      await tracker.start();
    },
    async stop(grace) {
      pause.stop();
      membership?.close();
      await Promise.all([tracker.stop(grace), deliverer?.stop(grace)]);
      await membership?.leave();
    },
  };
}

function withDate(clock: Clock, date: SlewedClock): Clock {
  return { ...clock, date: () => new Date(Math.round(date.now)) };
}

function makeClient(
  { config, fetch }: CoreOptions,
  clock: Clock,
  admit: AdmitRequest,
): CallFireClient {
  const { baseUrl, login, password } = config;
  const options = { baseUrl, login, password, clock, fetch };
  try {
    return createGatedClient(options, admit);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError(error.message);
  }
}
