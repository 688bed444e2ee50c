/**
 * What every store is tested with: a place of its own, where it can be closed,
 * opened again, and die.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Store, StoredEvent } from "../../../daemon/store/store.ts";
import type {
  Transition,
  WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { TestClock } from "../client/test_clock.ts";
import { test } from "../client/testing.ts";

/** Where one store is kept. */
export interface StorePlace<Opened extends Store = Store> {
  /** Opens the store as it was left; it keeps so many events, if told. */
  open(keptEvents?: number): Promise<Opened>;
  /** Lets the store die as it stands: it cannot finish what it has begun. */
  crash(store: Store): Promise<void>;
  /** Removes what is left of it. */
  remove(): Promise<void>;
}

/** Makes a place without anything in it. */
export type MakePlace = (clock: TestClock) => Promise<StorePlace>;

/** An open store, and what it has told. */
export class OpenStore {
  /** The time of the store. */
  readonly clock: TestClock;
  /** Every event that was told, in the order in which it was. */
  readonly told: StoredEvent[] = [];
  readonly #place: StorePlace;
  #store: Store;

  private constructor(clock: TestClock, place: StorePlace, store: Store) {
    this.clock = clock;
    this.#place = place;
    this.#store = store;
  }

  /** Opens a store in a new place. */
  static async inNewPlace(makePlace: MakePlace): Promise<OpenStore> {
    const clock = new TestClock();
    const place = await makePlace(clock);
    const opened = new OpenStore(clock, place, await place.open());
    opened.#listen();
    return opened;
  }

  /** The store. */
  get store(): Store {
    return this.#store;
  }

  /** Closes the store and opens it again. */
  async reopen(): Promise<void> {
    await this.#store.close();
    assertEquals(this.clock.pending, 0, "a closed store still has a timer");
    this.#store = await this.#place.open();
    this.#listen();
  }

  /** Lets the store die and opens it again. */
  async crash(): Promise<void> {
    await this.#place.crash(this.#store);
    this.#store = await this.#place.open();
    this.#listen();
  }

  /** Closes the store and removes it. */
  async end(): Promise<void> {
    await this.#store.close();
    await this.#place.remove();
  }

  /** Begins a watch, and takes it through what happens to it. */
  async watch(
    begun: Transition,
    ...then: ((watch: WatchedOrder) => Transition)[]
  ): Promise<WatchedOrder> {
    await this.#store.watch([begun]);
    let { watch } = begun;
    for (const next of then) {
      const transition = next(watch);
      await this.#store.update(transition);
      watch = transition.watch;
    }
    return watch;
  }

  #listen(): void {
    this.#store.subscribe({
      onEvents: (events) => this.told.push(...events),
    });
  }
}

/** Adds a test of a store. */
export type StoreTest = (
  title: string,
  run: (it: OpenStore) => Promise<void>,
) => void;

/** Tests that each have a store of their own. */
export function storeTester(name: string, makePlace: MakePlace): StoreTest {
  return (title, run) =>
    test(`${name} ${title}`, async () => {
      const it = await OpenStore.inNewPlace(makePlace);
      try {
        await run(it);
      } finally {
        await it.end();
      }
    });
}
