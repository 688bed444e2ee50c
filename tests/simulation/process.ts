/**
 * The daemon from one start to its end, however it ends.
 *
 * @module
 */

import { buildCore, type Core } from "../../daemon/core.ts";
import { Log } from "../../daemon/log/log.ts";
import type { LeaseStore } from "../../daemon/cluster/lease_store.ts";
import type { Store } from "../../daemon/store/store.ts";
import type { SettledOutcome } from "../../daemon/polling/watched_order.ts";
import type { AllowedHosts } from "../../daemon/webhooks/allowed_hosts.ts";
import type { WebhookStore } from "../../daemon/webhooks/webhook_store.ts";
import type { Clock } from "../../mod.ts";
import { processClock } from "./process_clock.ts";
import type { LastAnswer } from "./questions.ts";
import { Suspension } from "./suspension.ts";
import type { World } from "./world.ts";

/** Nothing is looked up, so all may be sent to. */
const ANY_HOST: AllowedHosts = {
  isAny: true,
  named: [],
  isPrivateAllowed: true,
};

/** A store that a process has opened. */
export interface OpenStore {
  /** The store. */
  store: Store;
  /** The leases on its orders, if it is shared. */
  leases?: LeaseStore;
  /** The endpoints of webhooks in it. */
  webhooks: WebhookStore;
  /** Lets go of what it holds as the system does when a process has ended. */
  dispose(): void;
}

/** What a process is made of. */
export interface ProcessOptions {
  /** How many there were before it, and itself. */
  number: number;
  /** The machine that it runs on; its date is off by so many milliseconds. */
  machine: { readonly dateOffset: number };
  /** Opens its store. */
  open: (process: Process) => OpenStore;
}

/** What is thrown at whoever goes on in a process that is dead. */
class Death extends Error {
  override readonly name = "Death";
}

/** One incarnation of the daemon. */
export class Process {
  /** How many there were before it, and itself. */
  readonly number: number;
  /** Its time; its date is the machine's. */
  readonly clock: Clock;
  /** When it began, in milliseconds of the simulation. */
  readonly startedAt: number;
  /** When it began, in active time. */
  readonly activeAt: number;
  /** Whether it shares its store with others. */
  readonly isSharing: boolean;
  /** Its store. */
  readonly store: Store;
  /** The endpoints of webhooks in it. */
  readonly webhooks: WebhookStore;
  /** Whether it stands still. */
  readonly suspension: Suspension;
  /** The parts that do its work. */
  readonly core: Core;
  /** When it ended, in milliseconds of the simulation. */
  endedAt = Infinity;
  /** How many of its questions are out. */
  questionsOut = 0;
  /** How many orders settled, by outcome, as far as anybody was told. */
  readonly settled = new Map<SettledOutcome, number>();
  /** The last answer about each order that reached it. */
  readonly responseCache = new Map<string, LastAnswer>();
  /** The sequence of the last event that it told of; of a shared store. */
  lastTold = 0;
  readonly #world: World;
  readonly #open: OpenStore;
  #isDead = false;
  #effectsLeft = Infinity;

  /**
   * Begins; the tracker is still to be started.
   *
   * @param world The simulation.
   * @param options What it is made of.
   */
  constructor(world: World, options: ProcessOptions) {
    const { callfire, ledger, receivers, scenario, time } = world;
    const { machine, number, open } = options;
    this.#world = world;
    this.number = number;
    this.startedAt = time.now;
    this.activeAt = time.active;
    this.suspension = new Suspension(time);
    const clock = processClock({
      time,
      dice: world.dice(`process ${number}`),
      machine,
      suspension: this.suspension,
      isDead: () => this.#isDead,
    });
    this.clock = clock;
    this.#open = open(this);
    const { leases, store, webhooks } = this.#open;
    const wallNow = () => clock.date().getTime();
    this.store = store;
    this.webhooks = webhooks;
    this.isSharing = leases !== undefined;
    const subscribe = store.subscribe.bind(store);
    // What has died is notified of nothing.
    store.subscribe = ({ onEvents, onRewind }) =>
      subscribe({
        onEvents: (...notified) => {
          if (!this.#isDead) onEvents?.(...notified);
        },
        onRewind: () => onRewind?.(),
      });
    store.subscribe({
      onEvents: (events, own) => {
        if (leases) ledger.heard(events, own, this);
        else ledger.told(events, this);
      },
    });
    this.core = buildCore({
      config: {
        login: "login",
        password: "password",
        baseUrl: undefined,
        expireAfter: scenario.expireAfter,
        maxRequestsPerSecond: scenario.maxRequestsPerSecond,
      },
      clock: this.clock,
      store,
      sharing: leases && { leases, wallNow },
      webhooks: {
        store: webhooks,
        hosts: ANY_HOST,
        wallNow,
        show: (event) => event,
        ...receivers.sendingFor(this),
      },
      log: new Log({
        format: "text",
        write: (lines) =>
          lines.split("\n").forEach((line) => this.note(line.slice(25))),
        date: () => this.clock.date(),
      }),
      fetch: callfire.fetchFor(this),
    });
  }

  /** Whether it has ended. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Notes what it did. */
  note(text: string): void {
    if (!this.#isDead) this.#world.trace.add(`#${this.number} ${text}`);
  }

  /** Lets it die when it has had so many more effects on the world. */
  dieAfter(effects: number): void {
    this.#effectsLeft = effects;
  }

  /** Ends it at once. What it does from now on has no effect. */
  die(how: string): void {
    if (this.#isDead) return;
    this.note(`dies ${how}`);
    this.#world.tally.add(`death: ${how}`);
    this.endedAt = this.#world.time.now;
    this.#isDead = true;
  }

  /**
   * It is about to have an effect on the world; it may die of that.
   *
   * @param moment When that is, for the trace.
   */
  effect(moment: string): void {
    this.beAlive();
    if (--this.#effectsLeft >= 0) return;
    this.die(moment);
    throw new Death();
  }

  /** Throws unless it is alive. */
  beAlive(): void {
    if (this.#isDead) throw new Death();
  }

  /** Lets something happen in it as soon as it does not stand still. */
  awake(): Promise<void> {
    return new Promise((resolve) => this.suspension.whenAwake(resolve));
  }

  /** Lets go of what it holds as the system does when a process has ended. */
  dispose(): void {
    this.#isDead = true;
    this.#open.dispose();
  }
}
