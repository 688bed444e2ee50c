/**
 * A machine with a daemon that shares a database with others, and what starts
 * it again: it is killed, or stands still, and its clock is set.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import type { Fleet } from "./fleet.ts";
import { Process } from "./process.ts";
import { SharedStore } from "./shared_store.ts";
import { SharedWebhooks } from "./shared_webhooks.ts";
import type { World } from "./world.ts";

/** How long a stop waits for the answers to questions that are out. */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/** The longest and the shortest time until a daemon runs again. */
const LONGEST_DOWNTIME = 60_000;
const SHORTEST_DOWNTIME = 5;

/** By how much the dates of machines differ, in milliseconds. */
const LARGEST_OFFSET = 10 * 60_000;

/** A machine with a daemon, one process after the other. */
export class FleetMember {
  /** By how much its date is off, in milliseconds. */
  dateOffset: number;
  /** The process that runs. */
  process: Process | undefined;
  /** Its store. */
  store: SharedStore | undefined;
  /** The endpoints of webhooks in it. */
  webhooks: SharedWebhooks | undefined;
  /** When its date was last set, in milliseconds of the simulation. */
  dateSetAt = -Infinity;
  /** Since when nothing has gone wrong with it. */
  undisturbedAt = 0;
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #dice: Dice;
  #isReady = false;
  #isMended = false;
  #isEnding = false;

  constructor(world: World, fleet: Fleet, at: number) {
    const { crashEvery, dateStepEvery, pauseEvery, restartEvery } =
      world.scenario;
    this.#world = world;
    this.#fleet = fleet;
    const dice = this.#dice = world.dice(`machine ${at}`);
    this.dateOffset = dice.between(-LARGEST_OFFSET, LARGEST_OFFSET);
    this.#often(crashEvery, () => this.#crash());
    this.#often(restartEvery, () => this.stop());
    this.#often(pauseEvery, () => this.#suspend());
    this.#often(dateStepEvery, () => {
      this.dateOffset += dice.magnitude(100, LARGEST_OFFSET) *
        (dice.chance(0.5) ? 1 : -1);
      this.undisturbedAt = this.dateSetAt = world.time.now;
      world.tally.add("date steps");
    });
    const isLate = dice.chance(0.3);
    world.time.setTimer(
      isLate ? dice.between(0, 60_000) : dice.between(0, 500),
      () => this.#start(),
    );
  }

  /** The process, if it can be called. */
  get callable(): Process | undefined {
    const { process } = this;
    const isSuspended = process?.suspension.isSuspended;
    return this.#isReady && !process?.isDead && !isSuspended
      ? process
      : undefined;
  }

  /** Lets nothing go wrong any more. */
  mend(): void {
    this.#isMended = true;
    this.process?.dieAfter(Infinity);
  }

  /** Buries a process that has died, and sees to it that another one starts. */
  afterStep(): void {
    const { process } = this;
    if (!process?.isDead) return;
    const { number } = this.store!;
    if (number !== null) this.#fleet.deaths.set(number, process.endedAt);
    this.#bury();
    this.#startLater();
  }

  /** There may be events that the process was not told of. */
  notified(): void {
    const { process, store } = this;
    process?.suspension.whenAwake(() => {
      if (!process.isDead) store?.notified();
    });
  }

  /** The process may not know of an endpoint as it is. */
  endpointChanged(id: string): void {
    const { process, webhooks } = this;
    process?.suspension.whenAwake(() => {
      if (!process.isDead) webhooks?.notified(id);
    });
  }

  /** The connection is lost on which the process hears of endpoints. */
  goDeaf(): void {
    const { process, webhooks } = this;
    process?.suspension.whenAwake(() => webhooks?.goDeaf());
  }

  /** Ends the process for good. */
  end(): void {
    this.#isEnding = true;
    this.stop();
  }

  /** Ends the process in an orderly way. */
  async stop(): Promise<void> {
    const { process, store } = this;
    if (!this.callable || !process || !store) return;
    process.note("is told to stop");
    this.#isReady = false;
    try {
      await process.core.stop(SHUTDOWN_TIMEOUT_MS);
    } catch (error) {
      if (!process.isDead) throw error;
    }
    if (process.isDead) return;
    await store.close();
    process.note("has stopped");
    this.#bury();
    this.#startLater();
  }

  #bury(): void {
    this.#isReady = false;
    this.process?.dispose();
    this.process = undefined;
    this.store = undefined;
    this.webhooks = undefined;
    this.undisturbedAt = this.#world.time.now;
  }

  #startLater(): void {
    if (this.#isEnding) return;
    const dice = this.#dice;
    const delay = dice.chance(0.5)
      ? dice.between(SHORTEST_DOWNTIME, 1_000)
      : dice.magnitude(SHORTEST_DOWNTIME, LONGEST_DOWNTIME);
    this.#world.time.setTimer(delay, () => this.#start());
  }

  async #start(): Promise<void> {
    const { tally, trace } = this.#world;
    const number = ++this.#fleet.started;
    trace.add(`#${number} starts`);
    tally.add("starts");
    const process = this.process = new Process(this.#world, {
      number,
      machine: this,
      open: (process) => this.#open(process),
    });
    const store = this.store!;
    try {
      process.lastTold = await store.open();
      store.notified();
      this.webhooks?.listen();
      await process.core.start();
      this.#isReady = true;
      this.undisturbedAt = this.#world.time.now;
    } catch (error) {
      if (process.isDead) return;
      process.note(`cannot start: ${error}`);
      process.die("at its start");
    }
  }

  #open(process: Process) {
    const { database, network } = this.#fleet;
    const shared = {
      database,
      process,
      request: <Answer>(statement: () => Answer) =>
        network.request(process, this, statement),
    };
    const store = this.store = new SharedStore({
      ...shared,
      onCommit: (process) => this.#fleet.committed(process),
    });
    const webhooks = this.webhooks = new SharedWebhooks({
      ...shared,
      number: () => store.number,
      onChanged: (id) => this.#fleet.endpointChanged(id),
    });
    return { store, leases: store, webhooks, dispose: () => {} };
  }

  #crash(): void {
    const dice = this.#dice;
    if (dice.chance(0.5)) this.process?.die("between two turns");
    else this.process?.dieAfter(dice.whole(0, 5));
  }

  #suspend(): void {
    const { process } = this;
    if (!process) return;
    const dice = this.#dice;
    const duration = dice.magnitude(100, 60_000);
    const isAsleep = dice.chance(0.3);
    process.note(`${isAsleep ? "sleeps" : "stops"} for ${duration} ms`);
    this.#world.tally.add(isAsleep ? "sleeps" : "pauses");
    process.suspension.suspend(duration, isAsleep);
    this.#world.time.setTimer(
      duration,
      () => this.undisturbedAt = this.#world.time.now,
    );
  }

  #often(every: number, happen: () => void): void {
    this.#world.time.setTimer(every * this.#dice.between(0.1, 1.9), () => {
      if (this.#isMended) return;
      happen();
      this.#often(every, happen);
    });
  }
}
