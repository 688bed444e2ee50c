/**
 * The daemon from one start to its end, however it ends.
 *
 * @module
 */

import { buildCore, type Core } from "../../daemon/core.ts";
import { Log } from "../../daemon/log.ts";
import { steadyClock } from "../../daemon/steady_clock.ts";
import { DatabaseFile } from "../../daemon/store/database_file.ts";
import { SqliteStore } from "../../daemon/store/sqlite.ts";
import type { SettledOutcome } from "../../daemon/watch/watched_order.ts";
import type { Clock } from "../../mod.ts";
import { processClock } from "./process_clock.ts";
import type { World } from "./world.ts";

/** What is thrown at whoever goes on in a process that is dead. */
class Death extends Error {
  override readonly name = "Death";
}

/** One incarnation of the daemon. */
export class Process {
  /** How many there were before it, and itself. */
  readonly number: number;
  /** The path of its database. */
  readonly path: string;
  /** Its time, whose date does not jump. */
  readonly clock: Clock;
  /** When it began, in milliseconds of the simulation. */
  readonly startedAt: number;
  /** When it began, in active time. */
  readonly activeAt: number;
  /** By how much its date is off. */
  readonly dateOffset: number;
  /** Its store. */
  readonly store: SqliteStore;
  /** The parts that do its work. */
  readonly core: Core;
  /** When it ended, in milliseconds of the simulation. */
  endedAt = Infinity;
  /** How many of its questions are out. */
  questionsOut = 0;
  /** How many orders settled, by outcome, as far as anybody was told. */
  readonly settled = new Map<SettledOutcome, number>();
  readonly #world: World;
  readonly #file: DatabaseFile;
  #isDead = false;
  #effectsLeft = Infinity;

  /**
   * Begins; the tracker is still to be started.
   *
   * @param world The simulation.
   * @param number How many there were before it, and itself.
   * @param path The path of its database.
   */
  constructor(world: World, number: number, path: string) {
    const { callfire, disk, ledger, scenario, time } = world;
    this.#world = world;
    this.number = number;
    this.path = path;
    this.startedAt = time.now;
    this.activeAt = time.active;
    this.dateOffset = time.dateOffset;
    this.clock = steadyClock(
      processClock(time, world.dice(`process ${number}`), () => this.#isDead),
    );
    this.#file = new DatabaseFile(path);
    disk.attach(this.#file.connection, this);
    try {
      this.store = new SqliteStore(this.#file, this.clock);
    } catch (error) {
      this.#file.close();
      throw error;
    }
    this.core = buildCore({
      config: {
        login: "login",
        password: "password",
        baseUrl: undefined,
        expireAfter: scenario.expireAfter,
        maxRequestsPerSecond: scenario.maxRequestsPerSecond,
      },
      clock: this.clock,
      store: this.store,
      log: new Log({
        format: "text",
        write: (lines) =>
          lines.split("\n").forEach((line) => this.note(line.slice(25))),
        date: () => this.clock.date(),
      }),
      fetch: callfire.fetchFor(this),
    });
    const { onEvents } = this.store;
    this.store.onEvents = (events, own) => {
      if (this.#isDead) return;
      ledger.told(events, this);
      onEvents(events, own);
    };
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

  /** Lets go of the file as the system does when a process has ended. */
  dispose(): void {
    this.#isDead = true;
    if (this.#file.connection.isOpen) this.#file.close();
  }
}
