/**
 * What a daemon has been told of the events of a database that it shares.
 *
 * @module
 */

import type { StoredEvent, StoreListener } from "../../daemon/store/store.ts";
import type { WatchedOrder } from "../../daemon/polling/watched_order.ts";
import type { HeldEvent, Holder, SharedDatabase } from "./shared_database.ts";
import type { Request } from "./shared_store.ts";

/** What telling events needs. */
export interface ToldEventsOptions {
  /** What is shared. */
  database: SharedDatabase;
  /** How a statement is done. */
  request: Request;
  /** The lease that the daemon has now. */
  number: () => Holder;
  /** That lease, and those that it has had before. */
  numbers: ReadonlySet<Holder>;
  /** Is told of events. */
  onEvents: Required<StoreListener>["onEvents"];
}

/** Tells every event once, in order. */
export class ToldEvents {
  readonly #options: ToldEventsOptions;
  /** `undefined` before it is known where to begin. */
  #last: number | undefined;
  /** What came while none may be told. */
  #held: HeldEvent[] | undefined;
  /** Until which event each order's watch was contained in a claim. */
  readonly #contained = new Map<string, number>();

  constructor(options: ToldEventsOptions) {
    this.#options = options;
  }

  /** Begins after the last event that there is. */
  async begin(): Promise<number> {
    const { database, request } = this.#options;
    return this.#last = await request(() => database.events.length);
  }

  /**
   * Reads what was not told, unless that is known to be nothing.
   *
   * @param last The last event that there is, if that is known.
   * @returns The events that were told now.
   */
  async catchUp(last = Infinity): Promise<StoredEvent[]> {
    const { database, request } = this.#options;
    const from = this.#last;
    if (from === undefined || last <= from) return [];
    const events = await request(() => database.events.slice(from));
    return this.#tell(events);
  }

  /** Tells nothing before something has been done. */
  async hold<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    this.#held = [];
    try {
      return await run();
    } finally {
      const held = this.#held;
      this.#held = undefined;
      this.#tell(held);
    }
  }

  /** What happened to some watches until an event is contained in them. */
  contained(watches: readonly WatchedOrder[], last: number): void {
    for (const { id } of watches) this.#contained.set(id, last);
  }

  #tell(events: readonly HeldEvent[]): StoredEvent[] {
    if (this.#held) {
      this.#held.push(...events);
      return [];
    }
    const { number, numbers, onEvents } = this.#options;
    const last = this.#last!;
    const fresh = events.filter(({ event }) => event.sequence > last)
      .filter(({ event: { sequence } }, at, all) =>
        all.findIndex(({ event }) => event.sequence === sequence) === at
      )
      .sort((one, other) => one.event.sequence - other.event.sequence);
    if (fresh.length === 0) return [];
    this.#last = fresh.at(-1)!.event.sequence;
    const own = fresh.filter(({ holder }) => numbers.has(holder));
    const held = own.filter(({ event, holder }) =>
      holder === number() &&
      event.sequence > (this.#contained.get(event.watch.id) ?? 0)
    );
    const told = fresh.map(({ event }) => event);
    onEvents(
      told,
      own.map(({ event }) => event),
      held.map(({ event }) => event),
    );
    return told;
  }
}
