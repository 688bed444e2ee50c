/**
 * Every endpoint that somebody registered, what it is owed for sure, and what
 * its receiver has.
 *
 * @module
 */

import type { StoredEvent } from "../../daemon/store/store.ts";
import type { Registration } from "../../daemon/webhooks/endpoints.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** What is told of an endpoint that is to be registered. */
export type RegisterResult = Pick<Registration, "order" | "types" | "url">;

/** An attempt to deliver an event to an endpoint. */
export interface Delivery {
  /** The endpoint. */
  readonly endpoint: KnownEndpoint;
  /** The event. */
  readonly event: StoredEvent;
  /** Who delivers. */
  readonly process: Process;
  /** When it began, in milliseconds of the simulation. */
  readonly begunAt: number;
  /** What comes after this sequence is to be told in order, for sure. */
  readonly inOrderAfter: number;
}

/** A call that changes an endpoint. Times are milliseconds of the simulation. */
export interface Change {
  /** When it was made. */
  readonly since: number;
  /** The sequence of the last event then. */
  readonly last: number;
  /** When it was acknowledged, and by whom; absent if it was not. */
  acknowledged?: { at: number; process: Process } | undefined;
}

/** A call that has an endpoint go on. */
interface Resumption extends Change {
  readonly after: number | undefined;
  /** Whether no other one of the endpoint was under way with it. */
  isAlone: boolean;
}

/** One endpoint. */
export class KnownEndpoint {
  /** What it is called in traces: its id differs from run to run. */
  readonly name: string;
  /** Whether its registration was acknowledged. */
  isAcknowledged = false;
  /** When the last attempt began of those that were taken, by sequence. */
  readonly taken = new Map<number, number>();
  /** The attempts that are under way. */
  readonly underWay = new Set<Delivery>();
  /** How many messages were taken that tell of nothing. */
  testsTaken = 0;
  /** Who heard that it wants no more, and when; absent if it goes on. */
  gone: { at: number; process: Process } | undefined;
  /** Whether anybody ever heard that it wants no more. */
  wasTired = false;
  /** Since when it was parked when that was last seen, by its daemon's date. */
  parkedAt: number | undefined;
  /** The call that registered it, as far as is known. */
  registration: Change | undefined;
  /** The first call that removes it. */
  removal: Change | undefined;
  /** The secrets that its owner was told last, of which one must be in use. */
  secrets: string[] = [];
  /** The change from which on that is so; absent if there may be others. */
  secretKnownBy: Change | undefined;
  /** What it is told of comes after this sequence, for sure. */
  toldAfter: number;
  /** What comes after this sequence it is owed, for sure. */
  owedAfter = Infinity;
  /** What is owed is to be taken by an attempt that began since. */
  owedSince = 0;
  /** The last call that had it go on, or may have. */
  #lastResumption: Change | undefined;
  readonly #world: World;
  readonly #registered: RegisterResult;
  readonly #resuming = new Set<Resumption>();
  /** How many calls are under way that give it another secret. */
  #rotating = 0;
  #isSecretUnsure = false;
  /** The last event before it was registered, for sure and at the latest. */
  readonly #begunAfter: number;
  #begunBy: number | undefined;

  constructor(
    world: World,
    readonly id: string,
    registered: RegisterResult,
    { last }: Change,
  ) {
    this.#world = world;
    this.#registered = registered;
    this.name = `endpoint ${world.webhooks.endpoints.size + 1}`;
    this.toldAfter = last;
    this.#begunAfter = last;
  }

  /** Where to. */
  get url(): string {
    return this.#registered.url;
  }

  /** Whether it may not be there any more, or not for long. */
  get mayBeGone(): boolean {
    return this.removal !== undefined || this.hasEnded;
  }

  /** Whether it is of a single order that was removed since. */
  get hasEnded(): boolean {
    return this.#end() < Infinity;
  }

  /** Whether it is to be told of an event. */
  wants({ type, watch }: StoredEvent): boolean {
    const { order, types } = this.#registered;
    return types.includes(type) && (order === null || watch.id === order);
  }

  /** Takes note that its registration was acknowledged. */
  acknowledge(change: Change, secret: string | undefined): void {
    this.isAcknowledged = true;
    this.registration ??= change;
    this.#begunBy ??= this.#world.ledger.last;
    if (this.#resuming.size === 0) this.#oweFromNow();
    if (secret === undefined) return;
    this.secrets = [secret];
    this.secretKnownBy = change;
  }

  /** It is to go on. */
  resuming(after: number | undefined): Resumption {
    const isAlone = this.#resuming.size === 0;
    for (const other of this.#resuming) other.isAlone = false;
    const resumption = { ...this.#world.webhooks.change(), after, isAlone };
    this.#resuming.add(resumption);
    this.gone = undefined;
    // It may happen at any moment from now on.
    if (after !== undefined) {
      const earliest = this.#lastRemoval(this.#begunAfter);
      this.toldAfter = Math.min(this.toldAfter, Math.max(after, earliest));
      this.owedAfter = Math.max(this.owedAfter, after);
    }
    return resumption;
  }

  /** It goes on, or does not, or nobody knows. */
  resumed(resumption: Resumption): void {
    const { acknowledged, after, isAlone, last, since } = resumption;
    this.#resuming.delete(resumption);
    this.gone = undefined;
    this.#lastResumption = resumption;
    if (acknowledged && isAlone && after !== undefined && after <= last) {
      const latest = this.#lastRemoval(this.#begunBy ?? last);
      this.owedAfter = Math.max(after, latest);
      this.owedSince = since;
    } else if (this.#resuming.size === 0 && this.isAcknowledged) {
      this.#oweFromNow();
    }
  }

  /** It wants no more, as a process hears that does not go on anew with it. */
  tired(process: Process): void {
    const { daemons, time } = this.#world;
    this.wasTired = true;
    const resumption = this.#lastResumption;
    if (resumption && !daemons.knows(process, resumption)) return;
    this.gone = { at: time.now, process };
  }

  /** It is to have another secret, and its owner may not hear of that. */
  rotating(): Change {
    if (this.#rotating++ === 0) this.secrets = [];
    this.secretKnownBy = undefined;
    return this.#world.webhooks.change();
  }

  /** It has another secret, if its owner was told; else nobody knows. */
  rotated(change: Change, secret: string | undefined): void {
    if (secret === undefined) this.#isSecretUnsure = true;
    else this.secrets.push(secret);
    if (--this.#rotating > 0) return;
    if (!this.#isSecretUnsure) this.secretKnownBy = change;
    this.#isSecretUnsure = false;
  }

  /** All that it is owed for sure, and was not given. */
  missing(): StoredEvent[] {
    const { ledger } = this.#world;
    const { order } = this.#registered;
    const end = this.#end();
    const events = order === null ? ledger.events : ledger.eventsOf(order);
    return events.filter((event) =>
      event.sequence > this.owedAfter && event.sequence <= end &&
      this.wants(event) &&
      (this.taken.get(event.sequence) ?? -Infinity) < this.owedSince
    );
  }

  /** An attempt begins, by a process that may not know where it goes on. */
  begin(event: StoredEvent, process: Process): Delivery {
    const { daemons, time } = this.#world;
    const resumption = this.#lastResumption;
    const isSure = !resumption?.acknowledged ||
      daemons.knows(process, resumption);
    const delivery = {
      endpoint: this,
      event,
      process,
      begunAt: time.now,
      inOrderAfter: isSure ? this.owedAfter : Infinity,
    };
    this.underWay.add(delivery);
    return delivery;
  }

  /** What it was owed before an event of the same order, and was never given. */
  missingBefore({ event: { sequence, watch }, inOrderAfter }: Delivery) {
    const after = Math.max(inOrderAfter, this.owedAfter);
    return this.#world.ledger.eventsOf(watch.id).filter((event) =>
      event.sequence > after && event.sequence < sequence &&
      this.wants(event) && !this.taken.has(event.sequence)
    );
  }

  #oweFromNow(): void {
    this.owedAfter = Math.min(this.owedAfter, this.#world.ledger.last);
  }

  /** The last removal of its order up to an event: no replay goes back there. */
  #lastRemoval(last: number): number {
    const { order } = this.#registered;
    if (order === null) return 0;
    const removal = this.#world.ledger.eventsOf(order).findLast((event) =>
      event.type === "order.removed" && event.sequence <= last
    );
    return removal?.sequence ?? 0;
  }

  /** One of an order ends with the first removal of that which it passes. */
  #end(): number {
    const { order } = this.#registered;
    if (order === null) return Infinity;
    const removal = this.#world.ledger.eventsOf(order).find((event) =>
      event.type === "order.removed" && event.sequence > this.toldAfter
    );
    return removal?.sequence ?? Infinity;
  }
}

/** Keeps the endpoints. */
export class WebhookLedger {
  /** All that are known, by their ids. */
  readonly endpoints = new Map<string, KnownEndpoint>();
  readonly #world: World;
  /** What was to be registered, by the URL, the first call of each. */
  readonly #registering = new Map<
    string,
    { registered: RegisterResult; change: Change }
  >();

  /**
   * Begins with none.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Those that their owners know of and did not mean to remove. One of a single
   * order that wants no more is gone with the order.
   */
  get wanted(): KnownEndpoint[] {
    return [...this.endpoints.values()].filter((one) =>
      one.isAcknowledged && !one.removal && !(one.wasTired && one.hasEnded)
    );
  }

  /** A change that is made now. */
  change(): Change {
    const { ledger, time } = this.#world;
    return { since: time.now, last: ledger.last };
  }

  /** An endpoint is to be registered. */
  registering(registered: RegisterResult): Change {
    const change = this.change();
    const { url } = registered;
    if (!this.#registering.has(url)) {
      this.#registering.set(url, { registered, change });
    }
    return change;
  }

  /**
   * The endpoint of an id, which may be one whose owner does not know of it.
   *
   * @param id The id.
   * @param url Where messages are sent to that bear it.
   * @returns The endpoint; `undefined` if nobody registered one.
   */
  find(id: string, url: string): KnownEndpoint | undefined {
    const known = this.endpoints.get(id);
    if (known) return known.url === url ? known : undefined;
    const begun = this.#registering.get(url);
    if (!begun) return undefined;
    const { change, registered } = begun;
    const endpoint = new KnownEndpoint(this.#world, id, registered, change);
    this.endpoints.set(id, endpoint);
    return endpoint;
  }

  /** The endpoints of a URL. */
  at(url: string): KnownEndpoint[] {
    return [...this.endpoints.values()].filter((one) => one.url === url);
  }
}
