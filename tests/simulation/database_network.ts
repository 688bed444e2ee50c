/**
 * The network between daemons and the database that they share, and how the
 * database does: away, slow, or with connections that are lost at any moment.
 *
 * @module
 */

import { StoreError } from "../../daemon/store/store.ts";
import type { Dice } from "./dice.ts";
import type { Process } from "./process.ts";
import { Spells } from "./spells.ts";
import type { World } from "./world.ts";

/** How the database, or the way to it, can be. */
type DatabaseState = "fine" | "away" | "losing" | "slow" | "stalling";

/** How long a store waits for an answer, in milliseconds. */
const TIME_LIMIT = 5_000;

/** How often a connection is lost before or after a statement is done, of 1. */
const LOSSES = 0.25;

/** Carries statements to the database, and their answers back. */
export class DatabaseNetwork {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #all: Spells<DatabaseState>;
  /** How it is for single processes, by their machines. */
  readonly #ways = new Map<unknown, Spells<DatabaseState>>();
  #isMended = false;

  /**
   * Begins with all fine.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice("database");
    this.#all = this.#spells("database", 2);
  }

  /** Whether nothing has gone wrong for a process for so many milliseconds. */
  wasFineFor(milliseconds: number, machine: unknown): boolean {
    const { time } = this.#world;
    return [this.#all, this.#way(machine)].every(({ changedAt, now }) =>
      now === "fine" && time.now - changedAt > milliseconds
    );
  }

  /** Lets all be fine from now on. */
  mend(): void {
    this.#isMended = true;
    this.#all.end();
    for (const way of this.#ways.values()) way.end();
  }

  /** Whether a notification of the database gets lost, on its way to one. */
  losesNotification(machine: unknown): boolean {
    const state = this.#stateFor(machine);
    return state === "away" || this.#dice.chance(state === "fine" ? 0.02 : 0.3);
  }

  /**
   * Lets a statement be done.
   *
   * @param process Whose.
   * @param machine Where it runs.
   * @param statement What it does.
   * @throws {StoreError} If it is not known to be done.
   */
  async request<Answer>(
    process: Process,
    machine: unknown,
    statement: () => Answer,
  ): Promise<Answer> {
    process.effect("before a statement");
    const dice = this.#dice;
    let outcome: { answer: Answer } | undefined;
    let isLate = false;
    const trip = () => this.#trip(machine);
    const there = trip();
    const end = new Promise<void>((resolve) => {
      const { time } = this.#world;
      const over = (delay: number) => time.setTimer(delay, resolve);
      const cancel = time.setTimer(TIME_LIMIT, () => {
        isLate = true;
        resolve();
      });
      time.setTimer(there, () => {
        // The database gives up a statement before its store does.
        if (isLate) return;
        const state = this.#stateFor(machine);
        if (state === "away" || this.#loses(state)) {
          return over(dice.magnitude(1, 3_000));
        }
        const answer = statement();
        if (this.#loses(state)) {
          this.#world.tally.add("database: answer lost");
          return over(dice.magnitude(1, 3_000));
        }
        time.setTimer(trip(), () => {
          if (this.#stateFor(machine) === "away" || isLate) return;
          outcome = { answer };
          cancel();
          resolve();
        });
      });
    });
    await end;
    await process.awake();
    process.effect("before an answer of the database");
    if (outcome) return outcome.answer;
    this.#world.tally.add("database: no answer");
    throw new StoreError("The connection to the database is lost");
  }

  #loses(state: DatabaseState): boolean {
    return state === "losing" && this.#dice.chance(LOSSES);
  }

  #trip(machine: unknown): number {
    const dice = this.#dice;
    switch (this.#stateFor(machine)) {
      case "slow":
        return dice.magnitude(1, 2_000);
      case "stalling":
        return dice.chance(0.5) ? dice.between(0, 9_000) : dice.between(1, 9);
      default:
        return dice.chance(0.98) ? dice.between(0.1, 2) : dice.between(2, 300);
    }
  }

  #stateFor(machine: unknown): DatabaseState {
    const { now } = this.#way(machine);
    return now === "fine" ? this.#all.now : now;
  }

  #way(machine: unknown): Spells<DatabaseState> {
    let way = this.#ways.get(machine);
    if (!way) {
      way = this.#spells(`way ${this.#ways.size + 1} to the database`, 3);
      if (this.#isMended) way.end();
      this.#ways.set(machine, way);
    }
    return way;
  }

  #spells(name: string, rarity: number): Spells<DatabaseState> {
    const { scenario, tally, time, trace } = this.#world;
    return new Spells<DatabaseState>({
      time,
      dice: this.#world.dice(name),
      good: "fine",
      bad: ["away", "losing", "slow", "stalling"],
      every: scenario.badDiskEvery * rarity,
      onChange: (state) => {
        trace.add(`${name} ${state}`);
        tally.add(`database: ${state}`);
      },
    });
  }
}
