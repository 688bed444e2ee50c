/**
 * Daemons on machines of their own, all of which share a database.
 *
 * @module
 */

import type { Endpoint } from "../../daemon/webhooks/endpoint.ts";
import { DatabaseNetwork } from "./database_network.ts";
import type { Dice } from "./dice.ts";
import { FleetMember } from "./fleet_member.ts";
import type { Process } from "./process.ts";
import { LEASE_DURATION_MS, SharedDatabase } from "./shared_database.ts";
import { BEGINNING } from "./virtual_time.ts";
import type { Change } from "./webhook_ledger.ts";
import type { Daemons, World } from "./world.ts";

/** How long a daemon may not know of an endpoint, in milliseconds. */
const LONGEST_HEARING = 6_000;

/** By how much the database's clock may run fast or slow, of 1. */
const DATABASE_DRIFT = 0.0002;

/** Runs several daemons. */
export class Fleet implements Daemons {
  /** What they share. */
  readonly database: SharedDatabase;
  /** The way there. */
  readonly network: DatabaseNetwork;
  /** The machines. */
  readonly members: readonly FleetMember[];
  /** How many daemons were started. */
  started = 0;
  /** When each daemon died that did, by the lease that it had. */
  readonly deaths = new Map<number, number>();
  readonly #world: World;
  readonly #dice: Dice;

  /**
   * Begins with no daemon.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    const { scenario, time } = world;
    this.#world = world;
    this.#dice = world.dice("fleet");
    const speed = 1 + this.#dice.between(-DATABASE_DRIFT, DATABASE_DRIFT);
    this.database = new SharedDatabase(() => BEGINNING + time.now * speed);
    this.network = new DatabaseNetwork(world);
    this.members = Array.from(
      { length: scenario.sharedBy },
      (_, at) => new FleetMember(world, this, at),
    );
  }

  /** The daemons that run and can be called. */
  get callable(): readonly Process[] {
    return this.members.flatMap(({ callable }) => callable ?? []);
  }

  /** Whether no daemon runs, not even one that stops. */
  get isDown(): boolean {
    return this.members.every(({ process }) => process === undefined);
  }

  /** Whether it is a process by whose lease they are delivered. */
  isLeader(process: Process): boolean {
    const { deliverer } = this.database;
    const number = this.#memberOf(process)?.store?.number;
    return number === deliverer && this.database.isLive(deliverer);
  }

  /** A date that was set hides for how long a machine slept. */
  isDeceived(process: Process): boolean {
    const { from, to } = process.suspension.lastSleep;
    const setAt = this.#memberOf(process)?.dateSetAt ?? -Infinity;
    return this.#world.time.now - to < LEASE_DURATION_MS &&
      setAt > from - LEASE_DURATION_MS;
  }

  /** Whoever was asked has read it, or tries to; the others hear of it. */
  knows(process: Process, { acknowledged, since }: Change): boolean {
    const { now } = this.#world.time;
    const member = this.#memberOf(process);
    if (!acknowledged || !member) return false;
    if (acknowledged.process === process) {
      const time = Math.min(now - since, LONGEST_HEARING);
      return this.network.wasFineFor(time, member);
    }
    return now - acknowledged.at > LONGEST_HEARING &&
      now - member.undisturbedAt > LONGEST_HEARING &&
      this.network.wasFineFor(LONGEST_HEARING, member);
  }

  /** An endpoint as it is stored. */
  storedEndpoint(id: string): Promise<Endpoint | undefined> {
    return Promise.resolve(this.database.endpoints.all.get(id));
  }

  /** Lets nothing go wrong any more. */
  mend(): void {
    this.network.mend();
    for (const member of this.members) member.mend();
  }

  /** Buries daemons that have died. */
  afterStep(): void {
    for (const member of this.members) member.afterStep();
  }

  /** Ends all in an orderly way. */
  stop(): void {
    for (const member of this.members) member.end();
  }

  /** Lets go of what they hold. */
  dispose(): void {
    for (const { process } of this.members) process?.dispose();
  }

  /**
   * Something may have been stored: whoever has not heard of it will.
   *
   * @param process Who stored it.
   */
  committed(process: Process): void {
    const { ledger, time } = this.#world;
    const { events } = this.database;
    const fresh = events.slice(ledger.last).map(({ event }) => event);
    if (fresh.length === 0) return;
    ledger.committed(fresh, process);
    for (const member of this.members) {
      // Each looks once a second, should the notification be lost.
      const isLost = this.network.losesNotification(member);
      const delay = isLost
        ? this.#dice.between(50, 1_100)
        : this.#dice.between(1, 50);
      time.setTimer(delay, () => member.notified());
    }
  }

  /** An endpoint was changed: whoever listens hears of it. */
  endpointChanged(id: string): void {
    const { time } = this.#world;
    for (const member of this.members) {
      if (this.network.losesNotification(member)) member.goDeaf();
      const delay = this.#dice.between(1, 50);
      time.setTimer(delay, () => member.endpointChanged(id));
    }
  }

  #memberOf(process: Process): FleetMember | undefined {
    return this.members.find((member) => member.process === process);
  }
}
