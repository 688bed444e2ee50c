/**
 * Waits for orders by following them at a running daemon.
 *
 * @module
 */

import { backoffDelay, type Clock, type NumberOrder } from "../../mod.ts";
import type { WatchedOrderView } from "../api/watched_order_view.ts";
import {
  DaemonClient,
  DaemonError,
  type DaemonOrder,
} from "./daemon_client.ts";
import {
  emptyReport,
  type ErrorReport,
  type OrderReport,
  type OrderSource,
  type WaitOptions,
  type WaitOutcome,
} from "./progress.ts";
import type { DaemonSettings } from "./wait_flags.ts";

/** The base of the backoff after a failed request. */
const RETRY_INTERVAL_MS = 1000;

/** Orders are watched after this time, even if no stream has started. */
const WATCH_AFTER_MS = 1_000;

/** How often orders are requested where no stream starts. */
const POLL_INTERVAL_MS = 2_000;

/** How many orders are requested at once. */
const MAX_CONCURRENT_REQUESTS = 8;

/** Errors of an order that the daemon retries, although they are permanent. */
const PERMANENT_ERRORS: readonly WaitOutcome[] = [
  "unauthorized",
  "forbidden",
  "not_found",
  "client_error",
];

/**
 * A source that has a daemon watch the orders. The daemon goes on watching them
 * when the wait ends first.
 */
export function daemonSource(
  settings: DaemonSettings,
  clock: Clock,
): OrderSource {
  const daemon = new DaemonClient(settings, clock);
  return (options) => new DaemonWait(daemon, options).run();
}

class DaemonWait {
  readonly #daemon: DaemonClient;
  readonly #options: WaitOptions;
  /** Aborted when every order has an outcome. */
  readonly #ended = new AbortController();
  /** The orders without an outcome. */
  readonly #open: Map<string, OrderReport>;
  /** The orders that the daemon has yet to be asked to watch. */
  readonly #unwatched = new Set<string>();
  /** The latest known state of each order. */
  readonly #latest = new Map<string, DaemonOrder>();
  #lastEventId: string | undefined;
  #consecutiveErrors = 0;
  #connectionError: ErrorReport | null = null;

  constructor(daemon: DaemonClient, options: WaitOptions) {
    this.#daemon = daemon;
    this.#options = options;
    this.#open = new Map(options.ids.map((id) => [id, emptyReport(id)]));
  }

  async run(): Promise<void> {
    const { clock, signal, timeout } = this.#options;
    const interrupt = () => this.#endAll("interrupted");
    signal.addEventListener("abort", interrupt);
    const cancel = clock.setTimer(() => this.#timeOut(), timeout);
    try {
      if (signal.aborted) interrupt();
      while (!this.#ended.signal.aborted) await this.#followOrRetry();
    } finally {
      cancel();
      signal.removeEventListener("abort", interrupt);
    }
  }

  async #followOrRetry(): Promise<void> {
    try {
      await this.#follow();
      await this.#poll();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof DaemonError)) throw error;
      if (error.code === "unknown_event" && this.#lastEventId !== undefined) {
        // The daemon has another database, which may not have these orders.
        this.#lastEventId = undefined;
      } else if (error.retryable) await this.#backOff(error);
      else this.#endAll(rejection(error), error);
    }
  }

  /**
   * Follows the event stream until it breaks or every order has an outcome.
   * Returns if no stream starts, as behind a proxy that buffers it.
   */
  async #follow(): Promise<void> {
    const isNew = this.#lastEventId === undefined;
    // A new stream does not replay earlier events.
    if (isNew) this.#unwatchAll();
    const connection = new AbortController();
    let watching: Promise<void> | undefined;
    let isOpen = false;
    const watch = () => {
      watching = Promise.resolve(watching)
        .then(() => this.#watchAll(connection.signal))
        .catch((error) => connection.abort(error));
    };
    // A stream that is held back does not keep orders from being watched.
    const { clock } = this.#options;
    const cancel = clock.setTimer(watch, WATCH_AFTER_MS);
    const events = this.#daemon.events({
      after: this.#lastEventId,
      onId: (id) => this.#lastEventId ??= id,
      onOpen: () => {
        isOpen = true;
        cancel();
        // The stream misses events between an earlier watch and its start.
        if (isNew) this.#unwatchAll();
        watch();
      },
      signal: AbortSignal.any([this.#ended.signal, connection.signal]),
    });
    try {
      for await (const { id, ...state } of events) {
        this.#update(state);
        this.#lastEventId = id ?? this.#lastEventId;
      }
      throw new DaemonError("network", "The daemon ended the event stream");
    } catch (error) {
      const isMissing = error instanceof DaemonError &&
        error.code === "timeout" && !isOpen;
      if (!isMissing) throw error;
    } finally {
      cancel();
      connection.abort();
      await watching;
    }
  }

  /** Requests the open orders repeatedly, until every one has an outcome. */
  async #poll(): Promise<never> {
    const { signal } = this.#ended;
    await this.#watchAll(signal);
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(POLL_INTERVAL_MS, signal);
      await forEachConcurrently(this.#open.keys(), async (id) => {
        const order = await this.#daemon.get(id, signal);
        const known = this.#latest.get(id);
        if (order) this.#update({ order, isRemoved: false });
        else if (known) this.#update({ ...known, isRemoved: true });
      });
      this.#resetErrors();
    }
  }

  #unwatchAll(): void {
    for (const id of this.#open.keys()) this.#unwatched.add(id);
  }

  /** Has the daemon watch the orders that it does not watch yet. */
  async #watchAll(connection: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, connection]);
    await forEachConcurrently(this.#unwatched, async (id) => {
      const order = await this.#daemon.watch(id, signal);
      this.#unwatched.delete(id);
      this.#update({ order, isRemoved: false });
    });
    this.#resetErrors();
  }

  #resetErrors(): void {
    if (this.#consecutiveErrors === 0) return;
    this.#consecutiveErrors = 0;
    this.#connectionError = null;
    this.#options.onConnection(null);
  }

  #update(next: DaemonOrder): void {
    const { id } = next.order;
    if (!this.#open.has(id)) return;
    const known = this.#latest.get(id);
    const latest = known && !isLater(next, known) ? known : next;
    this.#latest.set(id, latest);
    // A removal before the order was watched is not its outcome.
    if (!this.#unwatched.has(id)) this.#report(toReport(latest));
  }

  #report(report: OrderReport): void {
    if (report.outcome === null) this.#open.set(report.id, report);
    else this.#open.delete(report.id);
    this.#options.onReport(report);
    if (this.#open.size === 0) this.#ended.abort();
  }

  #timeOut(): void {
    for (const report of [...this.#open.values()]) {
      const code = report.error?.code;
      const permanent = PERMANENT_ERRORS.find((outcome) => outcome === code);
      this.#end(report, permanent ?? "wait_timeout");
    }
  }

  #endAll(outcome: WaitOutcome, error?: ErrorReport): void {
    for (const report of [...this.#open.values()]) {
      this.#end(report, outcome, error);
    }
  }

  #end(
    report: OrderReport,
    outcome: WaitOutcome,
    error = report.error,
  ): void {
    this.#report({ ...report, outcome, error: error ?? this.#connectionError });
  }

  async #backOff({ code, message, retryAfter }: DaemonError): Promise<void> {
    this.#consecutiveErrors++;
    this.#connectionError = { code, message };
    this.#options.onConnection(this.#connectionError);
    const { clock } = this.#options;
    const delay = backoffDelay(
      this.#consecutiveErrors,
      RETRY_INTERVAL_MS,
      retryAfter,
      clock.random(),
    );
    // Rejects once every order has an outcome, which the caller checks.
    await clock.sleep(delay, this.#ended.signal).catch(() => {});
  }
}

async function forEachConcurrently(
  all: Iterable<string>,
  act: (id: string) => Promise<void>,
): Promise<void> {
  const ids = [...all].values();
  const worker = async () => {
    for (const id of ids) await act(id);
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_REQUESTS }, worker));
}

/** Whether `a` is a later state of an order than `b`. */
function isLater(a: DaemonOrder, b: DaemonOrder): boolean {
  const [watched, other] = [a, b].map(({ order }) =>
    Date.parse(order.watchedAt)
  );
  if (watched !== other) return Number(watched) > Number(other);
  return !b.isRemoved && a.order.polls >= b.order.polls;
}

function toReport({ order: view, isRemoved }: DaemonOrder): OrderReport {
  const { id, lastError, order, outcome, polls } = view;
  return {
    id,
    attempt: polls,
    order: order && toNumberOrder(order),
    error: lastError && { code: lastError.code, message: lastError.message },
    outcome: outcome ?? (isRemoved ? "removed" : null),
  };
}

/** Takes the known fields only; a later daemon may send others. */
function toNumberOrder(
  order: NonNullable<WatchedOrderView["order"]>,
): NumberOrder {
  const { created, id, keywords, localNumbers, status, tollFreeNumbers } =
    order;
  return {
    id,
    status,
    created: new Date(created),
    totalCost: order.totalCost,
    ...(localNumbers && { localNumbers }),
    ...(tollFreeNumbers && { tollFreeNumbers }),
    ...(keywords && { keywords }),
  };
}

function rejection({ status }: DaemonError): WaitOutcome {
  if (status === 401) return "unauthorized";
  return status === 403 ? "forbidden" : "client_error";
}
