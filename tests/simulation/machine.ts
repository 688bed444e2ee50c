/**
 * The machine that the daemon runs on, and what starts it again: power that
 * fails, a clock that is set, a system that sleeps.
 *
 * @module
 */

import { StoreError } from "../../daemon/store/store.ts";
import type { Endpoint } from "../../daemon/webhooks/endpoint.ts";
import type { Dice } from "./dice.ts";
import { Process } from "./process.ts";
import type { Change } from "./webhook_ledger.ts";
import type { Daemons, World } from "./world.ts";

/** How long a stop waits for the answers to questions that are out. */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/** The longest and the shortest time until the daemon runs again. */
const LONGEST_DOWNTIME = 120_000;
const SHORTEST_DOWNTIME = 5;

/** How long it takes to read what the disk did not give, in milliseconds. */
const LONGEST_HEARING = 1_500;

/** The largest step of a date, in milliseconds: 40 days. */
const LARGEST_STEP = 40 * 86_400_000;

/** Runs the daemon, one process after the other. */
export class Machine implements Daemons {
  /** How long it takes to start again, if that is not left to chance. */
  downtime: number | undefined;
  /** The path of the database that the process has, or the next one will. */
  path: string;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #folder: string;
  #process: Process | undefined;
  #before: Process | undefined;
  #isReady = false;
  #started = 0;
  #isMended = false;

  /**
   * Begins with no process.
   *
   * @param world The simulation.
   * @param folder Where databases are put.
   */
  constructor(world: World, folder: string) {
    const { crashEvery, dateStepEvery, pauseEvery, restartEvery } =
      world.scenario;
    this.#world = world;
    this.#dice = world.dice("machine");
    this.#folder = folder;
    this.path = `${folder}/0.db`;
    this.#often(crashEvery, () => this.#crash());
    this.#often(restartEvery, () => this.stop());
    this.#often(dateStepEvery, () => this.#stepDate());
    this.#often(pauseEvery, () => this.#pause());
    world.time.setTimer(0, () => this.#start());
  }

  /** The process that runs, which can be called; `undefined` if none does. */
  get process(): Process | undefined {
    return this.#isReady && !this.#process?.isDead ? this.#process : undefined;
  }

  /** The same. */
  get callable(): readonly Process[] {
    return [this.process].flatMap((process) => process ?? []);
  }

  /** Whether no process runs, not even one that stops. */
  get isDown(): boolean {
    return this.#process === undefined;
  }

  /** It is whichever runs. */
  isLeader(): boolean {
    return true;
  }

  /** It has no lease that could run out meanwhile. */
  isDeceived(): boolean {
    return false;
  }

  /** Whether the disk let it read what was changed. */
  knows(_process: Process, { acknowledged, since }: Change): boolean {
    const { disk, time } = this.#world;
    return acknowledged !== undefined &&
      disk.wasFineFor(Math.min(time.now - since, LONGEST_HEARING));
  }

  /** An endpoint as it is stored. */
  async storedEndpoint(
    id: string,
    { webhooks }: Process,
  ): Promise<Endpoint | undefined> {
    const { disk } = this.#world;
    return (await disk.checked(() => webhooks.loadEndpoints([id])))[0];
  }

  /** Lets nothing go wrong any more. */
  mend(): void {
    this.#isMended = true;
    this.#process?.dieAfter(Infinity);
  }

  /** Buries a process that has died, and sees to it that another one starts. */
  afterStep(): void {
    const process = this.#process;
    if (!process?.isDead) return;
    this.#process = undefined;
    // What the process had not given to the system is gone with it.
    const path = `${this.#folder}/${process.number}.db`;
    for (const end of ["", "-wal"]) copyIfThere(this.path + end, path + end);
    process.dispose();
    removeDatabase(this.path);
    this.path = path;
    this.#startLater();
  }

  /** Lets go of what it holds. */
  dispose(): void {
    this.#process?.dispose();
  }

  #startLater(): void {
    const dice = this.#dice;
    const { dateStepEvery } = this.#world.scenario;
    const isSet = dateStepEvery < Infinity && dice.chance(0.1);
    if (isSet && !this.#isMended) this.#stepDate();
    const delay = dice.chance(0.5)
      ? dice.between(SHORTEST_DOWNTIME, 1_000)
      : dice.magnitude(SHORTEST_DOWNTIME, LONGEST_DOWNTIME);
    this.#world.time.setTimer(this.downtime ?? delay, () => this.#start());
  }

  /** One more process on the database as it lies there. */
  open(number: number): Process {
    const { disk, time } = this.#world;
    return new Process(this.#world, {
      number,
      machine: time,
      open: (process) => disk.open(this.path, process),
    });
  }

  async #start(): Promise<void> {
    const { ledger, scenario, tally, trace } = this.#world;
    this.#started++;
    trace.add(`#${this.#started} starts`);
    tally.add("starts");
    let process;
    try {
      process = this.open(this.#started);
    } catch (error) {
      trace.add(`#${this.#started} cannot start: ${error}`);
      return this.#startLater();
    }
    this.#process = process;
    this.#isReady = false;
    await ledger.recover(process, this.#before);
    this.#before = process;
    // Sometimes it does not even get as far as that.
    const isDoomed = scenario.crashEvery < Infinity && this.#dice.chance(0.05);
    if (isDoomed && !this.#isMended) process.dieAfter(3);
    try {
      await process.core.start();
      this.#isReady = true;
    } catch (error) {
      process.note(`cannot start: ${error}`);
      process.die("at its start");
    }
  }

  #crash(): void {
    const dice = this.#dice;
    if (dice.chance(0.5)) this.#process?.die("between two turns");
    else this.#process?.dieAfter(dice.whole(0, 5));
  }

  /** Ends the process in an orderly way. */
  async stop(): Promise<void> {
    const { process } = this;
    if (!process) return;
    process.note("is told to stop");
    this.#isReady = false;
    await process.core.stop(SHUTDOWN_TIMEOUT_MS);
    if (process.isDead) return;
    try {
      await process.store.close();
    } catch (error) {
      if (!(error instanceof StoreError) && !process.isDead) throw error;
    }
    if (process.isDead) return;
    process.note("has stopped");
    process.dispose();
    this.#process = undefined;
    this.#startLater();
  }

  /** The date is set: on while a process runs, or between two. */
  #stepDate(): void {
    const { time, trace, tally } = this.#world;
    const dice = this.#dice;
    const step = dice.magnitude(100, LARGEST_STEP) *
      (dice.chance(0.5) ? 1 : -1);
    time.dateOffset += step;
    tally.add("date steps");
    trace.add(`date set by ${Math.round(step / 1000)} s`);
  }

  #pause(): void {
    const { time, trace, tally } = this.#world;
    const duration = this.#dice.magnitude(100, 600_000);
    trace.add(`machine sleeps for ${Math.round(duration)} ms`);
    tally.add("pauses");
    time.block(duration);
  }

  #often(every: number, happen: () => void): void {
    this.#world.time.setTimer(every * this.#dice.between(0.1, 1.9), () => {
      if (this.#isMended) return;
      happen();
      this.#often(every, happen);
    });
  }
}

function copyIfThere(from: string, to: string): void {
  try {
    Deno.copyFileSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function removeDatabase(path: string): void {
  for (const end of ["", "-wal"]) {
    try {
      Deno.removeSync(path + end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
