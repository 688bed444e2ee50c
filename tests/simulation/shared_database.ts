/**
 * A model of the database that several daemons share: what each statement does
 * to it, at once and all or nothing.
 *
 * @module
 */

import type {
  Lease,
  Renewal,
  Standing,
} from "../../daemon/cluster/lease_store.ts";
import { allocateSlots } from "../../daemon/cluster/slots.ts";
import type { StoredEvent, WatchResult } from "../../daemon/store/store.ts";
import type {
  OrderEvent,
  Transition,
  WatchedOrder,
} from "../../daemon/polling/watched_order.ts";
import { ModelEndpoints } from "../helpers/webhooks/model_endpoints.ts";

/** How long a lease lasts unless it is renewed, in milliseconds. */
export const LEASE_DURATION_MS = 5_000;

/** For how long it is known who held an order that was removed. */
const REMOVAL_KNOWN_FOR = 60_000;

/** The number of a lease; `null` for nobody's. */
export type Holder = number | null;

/** A watch, and who holds its order. */
interface Row {
  watch: WatchedOrder;
  holder: Holder;
}

/** An event, and the lease that held its order then. */
export interface HeldEvent {
  event: StoredEvent;
  holder: Holder;
}

/** A lease as it is kept. */
interface KeptLease {
  number: number;
  until: number;
  maxRequestsPerSecond: number;
  slots: number;
}

/** What is shared. All times are milliseconds since 1970, by its own clock. */
export class SharedDatabase {
  /** All events; the sequence of each is its place, from 1. */
  readonly events: HeldEvent[] = [];
  /** The endpoints of webhooks. */
  readonly endpoints: ModelEndpoints = new ModelEndpoints(
    () => this.#told,
  );
  /** The lease by which webhooks are delivered. */
  deliverer: Holder = null;
  /** Is told by which lease they are from now on, and by which they were. */
  onDeliverer: (number: Holder, before: Holder) => void = () => {};
  /** Is told of every order that is claimed, and who held it before. */
  onClaim: (watch: WatchedOrder, before: Holder) => void = () => {};
  readonly #now: () => number;
  readonly #told: StoredEvent[] = [];
  readonly #rows = new Map<string, Row>();
  readonly #leases: KeptLease[] = [];
  readonly #removals = new Map<string, { at: number; holder: Holder }>();

  /**
   * Begins empty.
   *
   * @param now Its clock.
   */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The orders that are watched and held by nobody who lives. */
  get free(): WatchedOrder[] {
    return [...this.#rows.values()]
      .filter(({ holder, watch }) => !watch.outcome && !this.isLive(holder))
      .map(({ watch }) => watch);
  }

  /** How many slots all leases have that last. */
  get slots(): number {
    return this.#leases.filter(({ number }) => this.isLive(number))
      .reduce((sum, { slots }) => sum + slots, 0);
  }

  /** The numbers of the leases that last. */
  get liveLeases(): number[] {
    return this.#leases.map(({ number }) => number)
      .filter((number) => this.isLive(number));
  }

  /** Whether a lease lasts. */
  isLive(holder: Holder): boolean {
    return holder !== null && this.#leases[holder - 1]!.until > this.#now();
  }

  /** Who holds an order; `undefined` if it is not watched. */
  holderOf(id: string): Holder | undefined {
    return this.#rows.get(id)?.holder;
  }

  /** How many slots a lease has. */
  slotsOf(number: number): number {
    return this.#leases[number - 1]!.slots;
  }

  /** Begins a lease, and ends another. */
  join(before: Holder): Lease {
    this.leave(before);
    const date = this.#now();
    const number = this.#leases.length + 1;
    const until = date + LEASE_DURATION_MS;
    this.#leases.push({ number, until, maxRequestsPerSecond: 1, slots: 0 });
    return { number, date, duration: LEASE_DURATION_MS };
  }

  /** Renews a lease. */
  renew(number: Holder, renewal: Renewal): Standing | undefined {
    if (!this.isLive(number)) return undefined;
    const lease = this.#leases[number! - 1]!;
    const date = this.#now();
    const { maxRequestsPerSecond } = renewal;
    const others = this.#leases
      .filter((other) => other !== lease)
      .map((other) => ({ ...other, endedFor: date - other.until }));
    const watched = [...this.#rows.values()]
      .filter(({ watch }) => !watch.outcome).length;
    const standing = allocateSlots({
      maxRequestsPerSecond,
      number: lease.number,
      using: renewal.slots,
      others,
      watched,
    });
    lease.until = date + LEASE_DURATION_MS;
    lease.slots = standing.slots;
    lease.maxRequestsPerSecond = maxRequestsPerSecond;
    if (renewal.canDeliver && !this.isLive(this.deliverer)) {
      this.onDeliverer(number, this.deliverer);
      this.deliverer = number;
    }
    const delivers = this.deliverer === number;
    return { ...standing, date, free: this.free.length, delivers };
  }

  /** Ends a lease. */
  leave(number: Holder): void {
    if (!this.isLive(number)) return;
    this.#leases[number! - 1]!.until = this.#now();
  }

  /** Lets a lease hold what is free, those due first first. */
  claim(number: Holder, limit: number): WatchedOrder[] {
    if (!this.isLive(number)) return [];
    const claimed = this.free
      .sort((one, other) => (one.nextPollAt ?? 0) - (other.nextPollAt ?? 0))
      .slice(0, limit);
    for (const { id } of claimed) {
      const row = this.#rows.get(id)!;
      this.onClaim(row.watch, row.holder);
      row.holder = number;
    }
    return claimed;
  }

  /** All orders that a lease holds. */
  heldBy(number: Holder): WatchedOrder[] {
    return [...this.#rows.values()]
      .filter(({ holder, watch }) => holder === number && !watch.outcome)
      .map(({ watch }) => watch);
  }

  /** Lets a lease not hold watches any more, and brings them up. */
  release(number: Holder, watches: readonly WatchedOrder[]): void {
    this.touch(number, watches);
    for (const { id, watchedAt } of watches) {
      const row = this.#rows.get(id);
      const isIt = row?.watch.watchedAt === watchedAt && row.holder === number;
      if (isIt && !row.watch.outcome) row.holder = null;
    }
  }

  /** Begins watches. */
  watch(number: Holder, begun: readonly Transition[]): WatchResult {
    const created: WatchedOrder[] = [];
    const existing: WatchedOrder[] = [];
    for (const { watch, events } of begun) {
      const present = this.#rows.get(watch.id);
      if (present) {
        existing.push(present.watch);
        continue;
      }
      const holder = this.#holderOfNew(watch.id, number);
      this.#rows.set(watch.id, { watch, holder });
      created.push(watch);
      for (const event of events) this.#tell(event, holder);
    }
    return { created, existing };
  }

  /** Puts a watch in place of what it was, if a lease holds its order. */
  update(number: Holder, { watch, events }: Transition): boolean {
    const row = this.#rows.get(watch.id);
    if (!this.#isHeld(row, number, watch)) return false;
    const { label } = row.watch;
    row.watch = { ...watch, label };
    for (const event of events) {
      this.#tell({ ...event, watch: { ...event.watch, label } }, number);
    }
    return true;
  }

  /** Brings watches up that were polled without a change. */
  touch(number: Holder, watches: readonly WatchedOrder[]): void {
    for (const touched of watches) {
      const row = this.#rows.get(touched.id);
      if (!this.#isHeld(row, number, touched)) continue;
      if (row.watch.polls >= touched.polls) continue;
      const { label, order } = row.watch;
      row.watch = { ...touched, label, order };
    }
  }

  /** Gives a watch another label. */
  relabel(
    id: string,
    label: string | null,
    at: number,
  ): WatchedOrder | undefined {
    const row = this.#rows.get(id);
    if (!row || row.watch.label === label) return row?.watch;
    row.watch = { ...row.watch, label };
    this.#tell({ type: "order.changed", at, watch: row.watch }, row.holder);
    return row.watch;
  }

  /** Removes a watch. */
  remove(id: string, at: number): WatchedOrder | undefined {
    const row = this.#rows.get(id);
    if (!row) return undefined;
    const { holder, watch } = row;
    this.#rows.delete(id);
    this.#removals.set(id, { at: this.#now(), holder });
    this.#tell({ type: "order.removed", at, watch }, holder);
    return watch;
  }

  /** The watch of an order. */
  find(id: string): WatchedOrder | undefined {
    return this.#rows.get(id)?.watch;
  }

  /**
   * Whoever held an order until just now may be asking about it still, and
   * hears of its being watched anew; if it holds nothing any more, whoever
   * claims the order leaves it alone at first.
   */
  #holderOfNew(id: string, number: Holder): Holder {
    const removal = this.#removals.get(id);
    if (removal && this.#now() - removal.at < REMOVAL_KNOWN_FOR) {
      return removal.holder;
    }
    return this.isLive(number) && this.slotsOf(number!) > 0 ? number : null;
  }

  #isHeld(
    row: Row | undefined,
    number: Holder,
    { watchedAt }: WatchedOrder,
  ): row is Row {
    return row?.watch.watchedAt === watchedAt && row.holder === number &&
      !row.watch.outcome;
  }

  #tell(event: OrderEvent, holder: Holder): void {
    const sequence = this.events.length + 1;
    const stored = { epoch: "e1", sequence, ...event };
    this.events.push({ event: stored, holder });
    this.#told.push(stored);
  }
}
