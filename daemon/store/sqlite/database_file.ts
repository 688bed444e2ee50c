/**
 * The SQLite file of a store: found to be ours, sound and free before anything
 * is written to it, then held against every other program.
 *
 * @module
 */

import { backup, type DatabaseSync } from "node:sqlite";
import { isAbsolute } from "node:path";
import { checkFile, identify, setOwner } from "./database_header.ts";
import {
  APPLICATION_ID,
  migrate,
  type Migration,
  MIGRATIONS,
} from "./migrations.ts";
import { connect, run } from "./query.ts";
import { corrupt, storeError, unusable } from "./errors.ts";
import { beginLog, endLog, logPathOf } from "./write_ahead_log.ts";

/**
 * How many pages of 4 KiB the log holds before they are moved into the
 * database: 16 MiB, so that a page which many commits change is moved once.
 */
const LOG_PAGES = 4096;

const LOG_BYTES = LOG_PAGES * 4096;

/** How a database is used, from its opening on. */
const SETTINGS = [
  "locking_mode = EXCLUSIVE",
  "synchronous = FULL",
  // No file outside of its folder.
  "temp_store = MEMORY",
  // In KiB.
  "cache_size = -16384",
  `wal_autocheckpoint = ${LOG_PAGES}`,
  `journal_size_limit = ${LOG_BYTES}`,
];

/**
 * The files that this process has open. Closing any descriptor of a file drops
 * every lock that the process has on it, so that an open one is not looked at.
 */
const openFiles = new Set<string>();

/** An open database, and the file that it is. */
export class DatabaseFile {
  /** The path that it was opened by. */
  readonly path: string;
  /** For everything that is asked of it. */
  readonly connection: DatabaseSync;
  readonly #identity: string;
  readonly #warn: (message: string) => void;
  /** Which file the log is. */
  #logIdentity: string | undefined;

  /**
   * Opens a database; makes it, and its folder, where there is none. It is held
   * by SQLite's own lock, which the system drops when the process ends, however
   * it ends: two daemons would ask CallFire twice as often as is allowed, and
   * undo each other's changes. Nobody else can read it meanwhile, and no file
   * of shared memory stands beside it.
   *
   * A file that cannot be used is left as it is.
   *
   * @param path Its path; a relative one is taken from the current folder.
   * @param migrations What makes each version of its tables.
   * @param warn Called with what a person may want to know.
   * @throws {StoreError} If it cannot be used; the message says in one line
   * why, and what to do.
   */
  constructor(
    path: string,
    migrations: readonly Migration[] = MIGRATIONS,
    warn: (message: string) => void = () => {},
  ) {
    this.path = path;
    this.#warn = warn;
    // SQLite would take a few names, such as :memory:, for something else.
    const file = isAbsolute(path) ? path : `./${path}`;
    try {
      if (openFiles.has(identify(file) ?? "")) {
        throw unusable(path, "this program has it open already");
      }
      this.#identity = checkFile(file, path);
      this.connection = connect(file);
    } catch (error) {
      throw storeError(path, error);
    }
    openFiles.add(this.#identity);
    try {
      prepare(this.connection, path, migrations);
      this.#beginLog();
    } catch (error) {
      this.#disconnect();
      throw storeError(path, error);
    }
  }

  /**
   * Makes sure that the file is still where it was: what is written to one that
   * was moved away or deleted would be lost. If only its log is not, all that
   * the log holds is moved into the file, and another log begun.
   *
   * @throws {StoreError} If it is not, or the log cannot be begun.
   */
  checkInPlace(): void {
    if (identify(this.path) !== this.#identity) {
      throw unusable(
        this.path,
        "it was moved, deleted or replaced while the daemon ran; put it " +
          "back, or restart the daemon",
      );
    }
    const log = logPathOf(this.path);
    if (identify(log) === this.#logIdentity) return;
    endLog(this.connection);
    this.#beginLog();
    this.#warn(
      `'${log}' was moved, deleted or replaced while the daemon ran: nothing ` +
        "is lost, but leave it to the daemon",
    );
  }

  /**
   * Commits without moving the log into the database, which may take longer
   * than the commit itself.
   *
   * @param commit Commits.
   */
  withoutCheckpoint(commit: () => void): void {
    run(this.connection, "PRAGMA wal_autocheckpoint = 0");
    try {
      commit();
    } finally {
      run(this.connection, `PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    }
  }

  /** Moves the log into the database if it is long enough. */
  checkpoint(): void {
    try {
      // The file of a log that begins again is cut to just this size.
      const isLong = Deno.statSync(logPathOf(this.path)).size > LOG_BYTES;
      if (isLong) run(this.connection, "PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // The disk is full, for one, or the log is gone: the next commit tries
      // again, and says so.
    }
  }

  /**
   * Copies it as it is, while it is used. The copy stands beside it, with
   * `.backup` behind its name, in place of the one before.
   *
   * @returns The path of the copy.
   * @throws {StoreError} If it cannot be made; the one before is then kept.
   */
  async backup(): Promise<string> {
    const copy = `${this.path}.backup`;
    const unfinished = `${copy}.part`;
    try {
      // A new one, for its owner alone.
      Deno.writeFileSync(unfinished, new Uint8Array());
      try {
        Deno.chmodSync(unfinished, 0o600);
        await backup(this.connection, unfinished);
        // It has no log.
        setOwner(unfinished, APPLICATION_ID);
        Deno.renameSync(unfinished, copy);
      } catch (error) {
        // The room that it takes may be what is missing.
        Deno.removeSync(unfinished);
        throw error;
      }
      return copy;
    } catch (error) {
      throw storeError(copy, error);
    }
  }

  /** Closes it; the log beside it is then gone. */
  close(): void {
    let isLogEnded = false;
    try {
      endLog(this.connection);
      isLogEnded = true;
    } catch {
      // A full disk, for one. What is in the log stays there, or is moved into
      // the database now; its header goes on to say that there is a log.
    }
    this.#disconnect();
    if (!isLogEnded) keepLog(logPathOf(this.path));
  }

  #beginLog(): void {
    beginLog(this.connection);
    this.#logIdentity = identify(logPathOf(this.path));
  }

  #disconnect(): void {
    openFiles.delete(this.#identity);
    this.connection.close();
  }
}

/** Sees to it that there is a log, if only an empty one. */
function keepLog(path: string): void {
  try {
    Deno.openSync(path, { append: true, create: true, mode: 0o600 }).close();
  } catch {
    // The next start says what is missing, and what to do.
  }
}

function prepare(
  connection: DatabaseSync,
  path: string,
  migrations: readonly Migration[],
): void {
  for (const setting of SETTINGS) run(connection, `PRAGMA ${setting}`);
  const version = Number(pragma(connection, "user_version"));
  if (version > migrations.length) {
    throw unusable(
      path,
      `a newer daemon has made it (version ${version}, this daemon knows ` +
        `${migrations.length}); run that one, or name another file`,
    );
  }
  if (version > 0) checkSound(connection, path);
  // Before there is a log, so that the first commit is in the file itself.
  migrate(connection, version, migrations);
  // Which fails here, and not at the first order, if it cannot be written to.
  noopWrite(connection);
}

/**
 * Reads the whole file, once: some tenths of a second for 100,000 orders. Finds
 * pages that are lost, used twice or torn, rows out of order, and rows against
 * the rules of their table. Does not find an index that does not match its
 * table, which would take three times as long, nor a wrong value that is legal.
 */
function checkSound(connection: DatabaseSync, path: string): void {
  const found = String(pragma(connection, "quick_check(1)"));
  if (found !== "ok") throw corrupt(path, found.replaceAll(/\s+/g, " "));
}

/**
 * Writes to a database what it says already: as far as to the disk, if it is
 * not in a transaction.
 *
 * @param connection The database.
 */
export function noopWrite(connection: DatabaseSync): void {
  const version = pragma(connection, "user_version");
  run(connection, `PRAGMA user_version = ${version}`);
}

function pragma(connection: DatabaseSync, name: string): unknown {
  return run(connection, `PRAGMA ${name}`)[0]?.[0];
}
