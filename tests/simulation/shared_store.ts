/**
 * The view that one daemon has of the database that it shares with others.
 *
 * @module
 */

import type {
  Lease,
  LeaseStore,
  Renewal,
  Standing,
} from "../../daemon/cluster/lease_store.ts";
import {
  type Counts,
  type ListQuery,
  type Store,
  type StoredEvent,
  StoreError,
  type StoreListener,
  type WatchResult,
} from "../../daemon/store/store.ts";
import type {
  EventType,
  Transition,
  WatchedOrder,
} from "../../daemon/polling/watched_order.ts";
import { Subscribers } from "../../daemon/store/subscribers.ts";
import type { Process } from "./process.ts";
import type { Holder, SharedDatabase } from "./shared_database.ts";
import { ToldEvents } from "./told_events.ts";

/** How long a touch waits to be stored, in milliseconds. */
const TOUCH_INTERVAL = 5_000;

/** From one look for events to the next, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** How a statement is done. */
export type Request = <Answer>(statement: () => Answer) => Promise<Answer>;

/** What a view is made of. */
export interface SharedStoreOptions {
  /** What is shared. */
  database: SharedDatabase;
  /** The daemon. */
  process: Process;
  /** How its statements are done. */
  request: Request;
  /** Is told of every statement that is done, with what it did. */
  onCommit: (process: Process) => void;
}

/** One daemon's store. */
export class SharedStore implements Store, LeaseStore {
  /** The lease that is gone by. */
  number: Holder = null;
  /** That lease, and those that it has had before. */
  readonly numbers = new Set<Holder>();
  readonly #subscribers = new Subscribers<StoreListener>();
  readonly #options: SharedStoreOptions;
  readonly #told: ToldEvents;
  #touches = new Map<string, WatchedOrder>();
  #cancelTouch: (() => void) | undefined;
  /** Writes are done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** Whether it is not known what the last write did. */
  #isUnsure = false;
  /** Whether it is not known what the last claim took. */
  #isClaimUnsure = false;
  #isClosed = false;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#told = new ToldEvents({
      ...options,
      number: () => this.number,
      numbers: this.numbers,
      onEvents: (...told) =>
        this.#subscribers.notify((one) => one.onEvents?.(...told)),
    });
  }

  /** Calls a listener from now on. */
  subscribe(listener: StoreListener): () => void {
    return this.#subscribers.add(listener);
  }

  /**
   * Begins to tell of what happens from now on.
   *
   * @returns The sequence of the last event before that.
   */
  open(): Promise<number> {
    return this.#told.begin();
  }

  /** There may be events that were not told. */
  notified(): void {
    if (this.#isClosed) return;
    const { clock } = this.#options.process;
    this.#told.catchUp()
      .catch(() => clock.setTimer(() => this.notified(), CHECK_INTERVAL_MS));
  }

  async join(): Promise<Lease> {
    const before = this.number;
    const lease = await this.#request(({ database }) => database.join(before));
    this.number = lease.number;
    this.numbers.add(lease.number);
    this.#touches.clear();
    this.#isClaimUnsure = false;
    return lease;
  }

  renew(renewal: Renewal): Promise<Standing | undefined> {
    const { number } = this;
    return this.#request(({ database }) => database.renew(number, renewal));
  }

  async claim(
    limit: number,
    take: (watches: readonly WatchedOrder[]) => void,
  ): Promise<number> {
    const { number } = this;
    const wasUnsure = this.#isClaimUnsure;
    return await this.#write([], async () => {
      this.#isClaimUnsure = true;
      return await this.#told.hold(async () => {
        const { claimed, held, last } = await this.#request(({ database }) => ({
          claimed: database.claim(number, limit),
          held: wasUnsure ? database.heldBy(number) : undefined,
          last: database.events.length,
        }));
        if (number === this.number) this.#isClaimUnsure = false;
        const watches = held ?? claimed;
        this.#told.contained(watches, last);
        take(watches);
        return claimed.length;
      });
    });
  }

  release(watches: readonly WatchedOrder[]): Promise<void> {
    const { number } = this;
    for (const { id } of watches) this.#touches.delete(id);
    return this.#write(
      [],
      () => this.#request(({ database }) => database.release(number, watches)),
    );
  }

  leave(): Promise<void> {
    const { number } = this;
    const touches = [...this.#touches.values()];
    return this.#write([], () =>
      this.#request(({ database }) => {
        database.touch(number, touches);
        database.leave(number);
      }));
  }

  loadWatching(): Promise<WatchedOrder[]> {
    return Promise.reject(new Error("Orders are claimed, not loaded"));
  }

  watch(begun: readonly Transition[]): Promise<WatchResult> {
    const { number } = this;
    return this.#change(
      begun.map(({ watch }) => watch.id),
      ({ database }) => database.watch(number, begun),
    );
  }

  update(transition: Transition): Promise<boolean> {
    const { number } = this;
    return this.#change(
      [transition.watch.id],
      ({ database }) => database.update(number, transition),
    );
  }

  relabel(
    id: string,
    label: string | null,
    at: number,
  ): Promise<WatchedOrder | undefined> {
    return this.#change(
      [id],
      ({ database }) => database.relabel(id, label, at),
    );
  }

  touch(watch: WatchedOrder): void {
    this.#touches.set(watch.id, watch);
    this.#cancelTouch ??= this.#options.process.clock.setTimer(() => {
      this.#cancelTouch = undefined;
      this.#storeTouches();
    }, TOUCH_INTERVAL);
  }

  remove(id: string, at: number): Promise<WatchedOrder | undefined> {
    return this.#change([id], ({ database }) => database.remove(id, at));
  }

  find(id: string): Promise<WatchedOrder | undefined> {
    return this.#request(({ database }) => database.find(id));
  }

  list(_query: ListQuery): Promise<WatchedOrder[]> {
    return Promise.reject(new Error("Nobody lists"));
  }

  history(_id: string): Promise<StoredEvent[]> {
    return Promise.reject(new Error("Nobody looks back"));
  }

  eventsAfter(
    sequence: number,
    limit: number,
    types?: readonly EventType[],
  ): Promise<StoredEvent[]> {
    return this.#request(({ database }) =>
      database.events.slice(sequence)
        .map(({ event }) => event)
        .filter(({ type }) => !types || types.includes(type))
        .slice(0, limit)
    );
  }

  lastSequence(): Promise<number> {
    return this.#request(({ database }) => database.events.length);
  }

  epochOf(sequence: number): Promise<string | undefined> {
    return this.#request(({ database }) =>
      database.events[sequence - 1]?.event.epoch
    );
  }

  counts(): Promise<Counts> {
    return Promise.reject(new Error("Nobody counts"));
  }

  async check(): Promise<void> {
    await this.#request(() => {});
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTouch?.();
    return Promise.resolve();
  }

  async #storeTouches(): Promise<void> {
    const { number } = this;
    const touches = this.#touches;
    this.#touches = new Map();
    // What is lost here is only how often an order was polled.
    await this.#write(
      [],
      () =>
        this.#request(({ database }) =>
          database.touch(number, [...touches.values()])
        ),
    ).catch(() => {});
  }

  /** Changes watches, and tells of it before that is fulfilled. */
  #change<Answer>(
    ids: string[],
    statement: (options: SharedStoreOptions) => Answer,
  ): Promise<Answer> {
    return this.#write(ids, async () => {
      this.#isUnsure = true;
      const { answer, last } = await this.#request((options) => ({
        answer: statement(options),
        last: options.database.events.length,
      }));
      // It is not done before all that happened until then is told.
      await this.#told.catchUp(last);
      this.#isUnsure = false;
      return answer;
    });
  }

  #write<Answer>(
    ids: string[],
    write: () => Promise<Answer>,
  ): Promise<Answer> {
    const done = this.#last.then(async () => {
      if (this.#isClosed) throw new StoreError("The store is closed");
      if (this.#isUnsure) {
        const events = await this.#told.catchUp();
        this.#isUnsure = false;
        if (events.some(({ watch }) => ids.includes(watch.id))) {
          throw new StoreError("The order is not as it was any more");
        }
      }
      return await write();
    });
    this.#last = done.catch(() => {});
    return done;
  }

  #request<Answer>(
    statement: (options: SharedStoreOptions) => Answer,
  ): Promise<Answer> {
    const { onCommit, process, request } = this.#options;
    return request(() => {
      const answer = statement(this.#options);
      onCommit(process);
      return answer;
    });
  }
}
