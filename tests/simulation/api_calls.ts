/**
 * What callers of the API do, and what each answer promises them.
 *
 * @module
 */

import { waitUntilSettled } from "../../daemon/api/current_watch.ts";
import {
  type StoredEvent,
  StoreError,
  type WatchResult,
} from "../../daemon/store/store.ts";
import type { WatchRequest } from "../../daemon/polling/tracker.ts";
import type { WatchedOrder } from "../../daemon/polling/watched_order.ts";
import type { Dice } from "./dice.ts";
import type { Process } from "./process.ts";
import { isSameWatch } from "./same_watch.ts";
import type { World } from "./world.ts";

/** How long a call may take of one of several daemons, in milliseconds. */
const LONGEST_CALL = 30_000;

/** So many of the last events of an order may not be known everywhere yet. */
const UNHEARD_EVENTS = 5;

/** A call that is not answered yet. */
interface PendingCall {
  doing: string;
  process: Process;
  /** When it was made, in milliseconds of the simulation. */
  since: number;
  /** The order that it may wait for. */
  id?: string | undefined;
  /** Whether it may take a while. */
  mayLast?: boolean;
}

/** Makes calls, and holds the answers against the events. */
export class ApiCalls {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #pending = new Set<PendingCall>();

  /**
   * Begins with no call.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice("calls");
  }

  /** Whether what one daemon does another one hears of later. */
  get #isShared(): boolean {
    return this.#world.scenario.sharedBy > 0;
  }

  /**
   * Begins to watch orders, as POST /v1/orders does.
   *
   * @param requests Which ones.
   * @returns Whether that was acknowledged.
   */
  async watch(requests: readonly WatchRequest[]): Promise<boolean> {
    const { ledger } = this.#world;
    const before = new Map(requests.map(({ id }) => [
      id,
      { count: ledger.eventsOf(id).length, isKnown: ledger.watches.has(id) },
    ]));
    const watched = await this.call(
      `watch ${requests.map(({ id }) => id).join(" ").slice(0, 100)}`,
      (process) => process.core.tracker.watch(requests),
    );
    if (!watched) return false;
    const { created, existing } = watched;
    if (created.length + existing.length !== requests.length) {
      this.#broken(`${requests.length} orders were to be watched`, watched);
    }
    for (const { id, watchedAt } of created) {
      const isTold = ledger.eventsOf(id).slice(before.get(id)?.count)
        .some(({ type, watch }) =>
          type === "order.watched" && watch.watchedAt === watchedAt
        );
      if (!isTold) this.#broken(`no event says that ${id} is watched`, watched);
    }
    for (const { id } of existing) {
      const { count, isKnown } = before.get(id)!;
      const isBegun = ledger.eventsOf(id).slice(count)
        .some(({ type }) => type === "order.watched");
      if (!isKnown && !isBegun) {
        this.#broken(`order ${id} was not watched before`, watched);
      }
    }
    return true;
  }

  /** Watches an order, and labels it if it was watched: PUT /v1/orders/{id}. */
  async put(id: string, label: string): Promise<boolean> {
    const { ledger } = this.#world;
    if (!await this.watch([{ id, label }])) return false;
    const count = ledger.eventsOf(id).length;
    const before = ledger.watches.get(id)?.watch.label;
    const named = await this.call(
      `relabel ${id} ${label}`,
      async (process) => [await process.core.tracker.relabel(id, label)],
    );
    const isTold = before === label ||
      ledger.eventsOf(id).slice(count)
        .some(({ watch }) => watch.label === label);
    if (named?.[0] && (named[0].label !== label || !isTold)) {
      this.#broken(`no event says that ${id} is labelled ${label}`, named[0]);
    }
    return named !== undefined;
  }

  /** Forgets an order: DELETE /v1/orders/{id}. */
  async forget(id: string): Promise<boolean> {
    const { ledger } = this.#world;
    const count = ledger.eventsOf(id).length;
    const isKnown = ledger.watches.has(id);
    const known = await this.call(
      `forget ${id}`,
      (process) => process.core.tracker.forget(id),
    );
    const isTold = ledger.eventsOf(id).slice(count)
      .some(({ type }) => type === "order.removed");
    if (known === true && !isTold) {
      this.#broken(`no event says that ${id} is forgotten`, known);
    }
    if (known === false && isKnown && !isTold) {
      this.#broken(`order ${id} was not found`, known);
    }
    return known !== undefined;
  }

  /** Looks at an order: GET /v1/orders/{id}. */
  async get(id: string): Promise<void> {
    const states = this.#statesSince(id);
    const found = await this.call(`get ${id}`, async ({ core, store }) => [
      core.tracker.find(id) ?? await store.find(id),
    ]);
    if (found) this.#checkState(id, states(), found[0]);
  }

  /** Lists the newest watches: GET /v1/orders. */
  async list(limit: number): Promise<void> {
    if (this.#isShared) return;
    const known = [...this.#world.ledger.watches.values()]
      .map(({ watch }) => watch)
      .sort((one, other) =>
        other.watchedAt - one.watchedAt ||
        (BigInt(other.id) > BigInt(one.id) ? 1 : -1)
      )
      .slice(0, limit);
    const listed = await this.call(
      `list ${limit}`,
      (process) => process.store.list({ limit }),
    );
    if (!listed) return;
    if (listed.length !== known.length) {
      this.#broken(`${known.length} orders were to be listed`, listed.length);
    }
    known.forEach((watch, at) => this.#checkSame(watch, listed[at]));
  }

  /** Looks at what happened to an order: GET /v1/orders/{id}/history. */
  async history(id: string): Promise<void> {
    if (this.#isShared) return;
    const { ledger } = this.#world;
    const events = ledger.watches.has(id) ? ledger.eventsOf(id) : [];
    const since = events.findLastIndex(({ type }) => type === "order.watched");
    const known = JSON.stringify(events.slice(Math.max(0, since)));
    const told = await this.call(
      `history ${id}`,
      (process) => process.store.history(id),
    );
    if (told && JSON.stringify(told) !== known) {
      this.#broken(`the history of ${id} is ${known}`, told);
    }
  }

  /** Waits until an order has settled: GET /v1/orders/{id}?wait=SECONDS. */
  async wait(id: string, time: number): Promise<void> {
    const states = this.#statesSince(id);
    const gone = new AbortController();
    const watch = await this.call(
      `wait for ${id}`,
      async ({ clock, core, store }) => {
        const parts = { ...core, clock, store, stopping: gone.signal };
        return [await waitUntilSettled(parts, id, time, gone.signal)];
      },
      { id },
    );
    if (watch) this.#checkState(id, states(), watch[0]);
  }

  /** Asks whether the daemon does its work: GET /-/ready. */
  async ready(): Promise<void> {
    if (this.#isShared) return;
    const { disk } = this.#world;
    // What was found out about the disk stands for a second.
    const wasFine = disk.wasFineFor(1_100);
    const { state, failure } =
      this.#world.daemons.callable[0]?.core.tracker.upstream ?? {};
    const isBlocked = state === "refused" || failure !== undefined;
    const answer = await this.call(
      "readiness",
      ({ core }) => core.health.readiness(),
    );
    if (answer && wasFine && answer.ready === isBlocked) {
      this.#broken("it ought to be ready unless CallFire is not", answer);
    }
  }

  /** Makes sure that every call has been answered that can be. */
  afterStep(): void {
    const { daemons, ledger } = this.#world;
    if (this.#isShared) return;
    for (const { doing, id, mayLast, process } of this.#pending) {
      const isWaiting = mayLast || id !== undefined && ledger.isWatching(id);
      if (daemons.callable.includes(process) && !isWaiting) {
        this.#broken("a call was not answered", doing);
      }
    }
  }

  /** Makes sure that no call is left that was to be answered long ago. */
  checkNonePending(): void {
    const { time } = this.#world;
    for (const { doing, process, since } of this.#pending) {
      if (process.isDead || time.now - since < LONGEST_CALL) continue;
      this.#broken("a call was not answered", doing);
    }
  }

  /**
   * Calls.
   *
   * @param doing What the call is about.
   * @param call Makes the call.
   * @param waiting What it may wait for.
   * @returns The answer; `undefined` if nothing was promised.
   */
  async call<Answer>(
    doing: string,
    call: (process: Process) => Promise<Answer>,
    waiting: Pick<PendingCall, "id" | "mayLast"> = {},
  ): Promise<Answer | undefined> {
    const { callable } = this.#world.daemons;
    if (callable.length === 0) return undefined;
    const process = callable.length === 1
      ? callable[0]!
      : this.#dice.pick(callable);
    const since = this.#world.time.now;
    const pending = { doing, process, since, ...waiting };
    this.#pending.add(pending);
    process.note(`is to ${doing}`);
    this.#world.tally.add("calls");
    try {
      const answer = await call(process);
      process.effect("before an answer to a call");
      return answer;
    } catch (error) {
      if (!process.isDead && !(error instanceof StoreError)) {
        this.#broken(`a call failed: ${doing}`, String(error));
      }
      process.note(`could not ${doing}`);
      this.#world.tally.add("calls that failed");
      return undefined;
    } finally {
      this.#pending.delete(pending);
    }
  }

  /**
   * How an order may be seen to stand by whoever looks from now on: as it does
   * when that is over, or as it did, for those who have not heard yet.
   */
  #statesSince(id: string): () => (WatchedOrder | undefined)[] {
    const { ledger } = this.#world;
    const known = ledger.watches.get(id)?.watch;
    if (!this.#isShared) return () => [known];
    const before = ledger.eventsOf(id);
    const from = Math.max(0, before.length - UNHEARD_EVENTS);
    return () => [
      ...before.slice(from).map(stateAfter),
      ...ledger.eventsOf(id).slice(from).map(stateAfter),
      known,
      ledger.watches.get(id)?.watch,
    ];
  }

  #checkState(
    id: string,
    states: (WatchedOrder | undefined)[],
    seen: WatchedOrder | undefined,
  ): void {
    if (!this.#isShared) {
      return this.#checkSame(this.#world.ledger.watches.get(id)?.watch, seen);
    }
    if (states.some((state) => isSameWatch(state, seen))) return;
    this.#broken(`the watch of ${id} was never so`, seen);
  }

  #checkSame(
    known: WatchedOrder | undefined,
    seen: WatchedOrder | undefined,
  ): void {
    if (isSameWatch(known, seen)) return;
    this.#broken(`the watch is ${JSON.stringify(known)}`, seen);
  }

  #broken(what: string, answer: WatchResult | unknown): void {
    this.#world.broken(`${what}; the answer was ${JSON.stringify(answer)}`);
  }
}

/** How an order stood after an event. */
function stateAfter({ type, watch }: StoredEvent): WatchedOrder | undefined {
  return type === "order.removed" ? undefined : watch;
}
