/**
 * The disk beneath the database: slow, failing, or gone with the process in the
 * middle of a commit. SQLite itself is the real one.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { DatabaseFile } from "../../daemon/store/sqlite/database_file.ts";
import { SqliteStore } from "../../daemon/store/sqlite/sqlite_store.ts";
import type { OpenStore, Process } from "./process.ts";
import { Spells } from "./spells.ts";
import type { World } from "./world.ts";

/** How the disk is doing. */
type DiskState = "fine" | "slow" | "full" | "failing" | "flaky";

/** How often a disk that is flaky fails. */
const FLAKINESS = 0.2;

/** What SQLite says of a full disk and of a failing one, by its result code. */
const FULL = { errcode: 13, message: "database or disk is full" };
const FAILING = { errcode: 10, message: "disk I/O error" };

/** The disk. */
export class Disk {
  readonly #world: World;
  readonly #dice;
  readonly #state: Spells<DiskState>;
  #isChecked = false;

  /**
   * Begins with one that is fine.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice("disk");
    this.#state = new Spells<DiskState>({
      time: world.time,
      dice: this.#dice,
      good: "fine",
      bad: ["slow", "full", "failing", "flaky"],
      every: world.scenario.badDiskEvery,
      onChange: (state) => world.trace.add(`disk ${state}`),
    });
  }

  /** Whether nothing has gone wrong with it for so many milliseconds. */
  wasFineFor(milliseconds: number): boolean {
    const { changedAt, now } = this.#state;
    return now === "fine" && this.#world.time.now - changedAt > milliseconds;
  }

  /** Lets it be fine from now on. */
  mend(): void {
    this.#state.end();
  }

  /** Reads for a check, which nothing keeps from it and which is no effect. */
  checked<T>(read: () => T): T {
    this.#isChecked = true;
    try {
      return read();
    } finally {
      this.#isChecked = false;
    }
  }

  /**
   * Opens a database that only one process uses.
   *
   * @param path Its path.
   * @param process The process.
   */
  open(path: string, process: Process): OpenStore {
    const file = new DatabaseFile(path);
    const { connection } = file;
    this.attach(connection, process);
    const dispose = () => {
      if (connection.isOpen) file.close();
    };
    try {
      const store = new SqliteStore(file, process.clock);
      return { store, webhooks: store.webhooks, dispose };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Puts itself between a process and its database: what is prepared from now
   * on goes through it.
   *
   * @param connection The open database.
   * @param process The process.
   */
  attach(connection: DatabaseSync, process: Process): void {
    const prepare = connection.prepare.bind(connection);
    connection.prepare = (sql) => {
      const statement = prepare(sql);
      this.#intercept(statement, sql, connection, process);
      return statement;
    };
  }

  #intercept(
    statement: StatementSync,
    sql: string,
    connection: DatabaseSync,
    process: Process,
  ): void {
    const around =
      <Result>(run: (...values: SQLInputValue[]) => Result) =>
      (...values: SQLInputValue[]) => {
        // What only takes back, or marks a place, needs no disk.
        if (this.#isChecked || /^(ROLLBACK|SAVEPOINT|RELEASE)/.test(sql)) {
          return run(...values);
        }
        // Whoever is dead may try again too before time goes on.
        if (sql === "BEGIN IMMEDIATE") this.#world.time.turnsTaken++;
        process.beAlive();
        switch (sql) {
          case "BEGIN IMMEDIATE":
            process.effect("before a transaction");
            this.#fail("begin", 1);
            return run(...values);
          case "COMMIT": {
            process.effect("before a commit");
            this.#fail("commit", 1);
            const result = run(...values);
            this.#block();
            process.effect("after a commit");
            return result;
          }
        }
        if (connection.isTransaction) {
          this.#fail("write", 0.2, connection);
        } else this.#fail("read", 0.5);
        return run(...values);
      };
    const run: (...values: SQLInputValue[]) => unknown = statement.run;
    const all: (...values: SQLInputValue[]) => unknown = statement.all;
    Object.assign(statement, {
      run: around(run.bind(statement)),
      all: around(all.bind(statement)),
    });
  }

  /** Throws what SQLite does if the disk is not up to it. */
  #fail(doing: string, share: number, transaction?: DatabaseSync): void {
    const state = this.#state.now;
    const dice = this.#dice;
    if (state === "fine" || state === "slow") return;
    if (state === "full" && doing === "read") return;
    if (!dice.chance(state === "flaky" ? FLAKINESS * share : share)) return;
    this.#world.tally.add(`disk: ${state} at ${doing}`);
    // A full disk may end the whole transaction.
    if (transaction && dice.chance(0.5)) transaction.exec("ROLLBACK");
    const { errcode, message } = state === "full" ? FULL : FAILING;
    throw Object.assign(new Error(message), {
      code: "ERR_SQLITE_ERROR",
      errcode,
    });
  }

  #block(): void {
    const dice = this.#dice;
    const isSlow = this.#state.now === "slow";
    const time = isSlow ? dice.magnitude(1, 3_000) : dice.between(0.05, 0.5);
    if (isSlow) this.#world.tally.add("disk: slow commit");
    this.#world.time.block(time);
  }
}
