/**
 * Waits for orders through a running daemon.
 *
 * @module
 */

import { backoffDelay, type Clock } from "../../mod.ts";
import { DaemonApi } from "./daemon_api.ts";
import { DaemonError } from "./daemon_error.ts";
import type { DaemonWatch } from "./daemon_watch.ts";
import {
  emptyReport,
  type Fault,
  type OrderReport,
  type WatchOutcome,
} from "./order_progress.ts";
import type { Wait, WaitForOrders } from "./wait.ts";
import type { DaemonSource } from "./watch_flags.ts";

/** The usual pause before the daemon is asked again, in milliseconds. */
const INTERVAL = 1000;

/** How long the orders wait for the beginning of the stream, at first. */
const WATCH_AFTER_MS = 1_000;

/** How often the daemon is asked how orders stand, where no stream comes. */
const POLL_INTERVAL_MS = 2_000;

/** How many orders are asked about at once. */
const AT_ONCE = 8;

/** Faults that a daemon bears with, although they do not pass by themselves. */
const LASTING: readonly WatchOutcome[] = [
  "unauthorized",
  "forbidden",
  "not_found",
  "client_error",
];

/**
 * Makes ready to wait through a daemon. It goes on watching when the wait ends
 * before the orders do.
 *
 * @param source Where the daemon is, and what it has to be shown.
 * @param clock Time and chance.
 */
export function throughDaemon(
  source: DaemonSource,
  clock: Clock,
): WaitForOrders {
  const daemon = new DaemonApi(source, clock);
  return (wait) => new DaemonWait(daemon, wait).run();
}

/** The last that is known of the watch of an order. */
interface Seen {
  readonly watch: DaemonWatch;
  readonly isRemoved: boolean;
}

class DaemonWait {
  readonly #daemon: DaemonApi;
  readonly #wait: Wait;
  readonly #over = new AbortController();
  /** The orders that have not ended. */
  readonly #open: Map<string, OrderReport>;
  /** Those that the daemon has yet to be told to watch. */
  readonly #unwatched = new Set<string>();
  readonly #seen = new Map<string, Seen>();
  /** The id of the last event that was taken in. */
  #place: string | undefined;
  #faults = 0;
  #fault: Fault | null = null;

  constructor(daemon: DaemonApi, wait: Wait) {
    this.#daemon = daemon;
    this.#wait = wait;
    this.#open = new Map(wait.ids.map((id) => [id, emptyReport(id)]));
  }

  async run(): Promise<void> {
    const { clock, signal, timeout } = this.#wait;
    const interrupt = () => this.#endAll("interrupted");
    signal.addEventListener("abort", interrupt);
    const cancel = clock.setTimer(() => this.#timeOut(), timeout);
    try {
      if (signal.aborted) interrupt();
      while (!this.#over.signal.aborted) await this.#followOrFail();
    } finally {
      cancel();
      signal.removeEventListener("abort", interrupt);
    }
  }

  async #followOrFail(): Promise<void> {
    try {
      await this.#follow();
      await this.#poll();
    } catch (error) {
      if (this.#over.signal.aborted) return;
      if (!(error instanceof DaemonError)) throw error;
      if (error.code === "unknown_event" && this.#place !== undefined) {
        // Its database is another one, and may not know our orders.
        this.#place = undefined;
      } else if (error.retryable) await this.#fail(error);
      else this.#endAll(refusal(error), error);
    }
  }

  /**
   * Follows events over one connection, until it breaks or all is over. Returns
   * if no stream comes, as behind a proxy that holds it back.
   */
  async #follow(): Promise<void> {
    const isNew = this.#place === undefined;
    // Nothing tells what happened before.
    if (isNew) this.#unwatchAll();
    const connection = new AbortController();
    let watching: Promise<void> | undefined;
    let isOpen = false;
    const watch = () => {
      watching = Promise.resolve(watching)
        .then(() => this.#watchAll(connection.signal))
        .catch((error) => connection.abort(error));
    };
    // Whatever holds the stream back does not keep orders from being watched.
    const { clock } = this.#wait;
    const cancel = clock.setTimer(watch, WATCH_AFTER_MS);
    const events = this.#daemon.follow({
      after: this.#place,
      onPlace: (id) => this.#place ??= id,
      onOpen: () => {
        isOpen = true;
        cancel();
        // What happened since they were watched, before it opened, was missed.
        if (isNew) this.#unwatchAll();
        watch();
      },
      signal: AbortSignal.any([this.#over.signal, connection.signal]),
    });
    try {
      for await (const { id, ...seen } of events) {
        this.#take(seen);
        this.#place = id ?? this.#place;
      }
      throw new DaemonError("network", "The daemon ended its stream of events");
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

  /** Asks again and again how the orders stand, until all is over. */
  async #poll(): Promise<never> {
    const { signal } = this.#over;
    await this.#watchAll(signal);
    const { clock } = this.#wait;
    for (;;) {
      await clock.sleep(POLL_INTERVAL_MS, signal);
      await forEachOf(this.#open.keys(), async (id) => {
        const watch = await this.#daemon.read(id, signal);
        const known = this.#seen.get(id);
        if (watch) this.#take({ watch, isRemoved: false });
        else if (known) this.#take({ ...known, isRemoved: true });
      });
      this.#recover();
    }
  }

  #unwatchAll(): void {
    for (const id of this.#open.keys()) this.#unwatched.add(id);
  }

  /** Has the daemon watch all orders, and takes in how they stand. */
  async #watchAll(connection: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([this.#over.signal, connection]);
    await forEachOf(this.#unwatched, async (id) => {
      const watch = await this.#daemon.watch(id, signal);
      this.#unwatched.delete(id);
      this.#take({ watch, isRemoved: false });
    });
    this.#recover();
  }

  /** The daemon answers, after it has failed. */
  #recover(): void {
    if (this.#faults === 0) return;
    this.#faults = 0;
    this.#fault = null;
    this.#wait.connection(null);
  }

  #take(next: Seen): void {
    const { id } = next.watch.report;
    if (!this.#open.has(id)) return;
    const known = this.#seen.get(id);
    const seen = known && !isLater(next, known) ? known : next;
    this.#seen.set(id, seen);
    // A removal from before it was watched is not the end.
    if (!this.#unwatched.has(id)) this.#report(reportOf(seen));
  }

  #report(report: OrderReport): void {
    if (report.outcome === null) this.#open.set(report.id, report);
    else this.#open.delete(report.id);
    this.#wait.report(report);
    if (this.#open.size === 0) this.#over.abort();
  }

  #timeOut(): void {
    for (const report of [...this.#open.values()]) {
      const code = report.error?.code;
      const lasting = LASTING.find((outcome) => outcome === code);
      this.#end(report, lasting ?? "wait_timeout");
    }
  }

  #endAll(outcome: WatchOutcome, error?: Fault): void {
    for (const report of [...this.#open.values()]) {
      this.#end(report, outcome, error);
    }
  }

  #end(report: OrderReport, outcome: WatchOutcome, error = report.error): void {
    this.#report({ ...report, outcome, error: error ?? this.#fault });
  }

  async #fail({ code, message, retryAfter }: DaemonError): Promise<void> {
    this.#faults++;
    this.#fault = { code, message };
    this.#wait.connection(this.#fault);
    const { clock } = this.#wait;
    const pause = backoffDelay(
      this.#faults,
      INTERVAL,
      retryAfter,
      clock.random(),
    );
    // Rejected when it is over, which whoever called sees.
    await clock.sleep(pause, this.#over.signal).catch(() => {});
  }
}

/** Does something for each of some ids, for a few of them at once. */
async function forEachOf(
  all: Iterable<string>,
  act: (id: string) => Promise<void>,
): Promise<void> {
  const ids = [...all].values();
  const some = async () => {
    for (const id of ids) await act(id);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

/** Tells whether one of two was seen later in the life of an order's watch. */
function isLater(one: Seen, other: Seen): boolean {
  if (one.watch.watchedAt !== other.watch.watchedAt) {
    return one.watch.watchedAt > other.watch.watchedAt;
  }
  const { attempt } = other.watch.report;
  return !other.isRemoved && one.watch.report.attempt >= attempt;
}

function reportOf({ watch, isRemoved }: Seen): OrderReport {
  const { report } = watch;
  if (!isRemoved) return report;
  return { ...report, outcome: report.outcome ?? "removed" };
}

function refusal({ status }: DaemonError): WatchOutcome {
  if (status === 401) return "unauthorized";
  return status === 403 ? "forbidden" : "client_error";
}
