/**
 * The SQLite file of a store: found to be ours, sound and free before anything
 * is written to it, then held against every other program.
 *
 * @module
 */

import { backup, type DatabaseSync } from "node:sqlite";
import { dirname, isAbsolute } from "node:path";
import {
  APPLICATION_ID,
  migrate,
  type Migration,
  MIGRATIONS,
} from "./migrations.ts";
import { cannotUse, damaged, storeError } from "./sqlite_errors.ts";
import { connect, run } from "./query.ts";

/** What every SQLite file begins with. */
const SQLITE_MAGIC = "SQLite format 3\0";

/** The size of the header of a SQLite file, and where the owner is in it. */
const HEADER_SIZE = 100;
const APPLICATION_ID_OFFSET = 68;

/**
 * How many pages of 4 KiB the log holds before they are moved into the
 * database: 16 MiB, so that a page which many commits change is moved once.
 */
const LOG_PAGES = 4096;

/** How a database is used, from its opening on. */
const SETTINGS = [
  "locking_mode = EXCLUSIVE",
  "synchronous = FULL",
  // No file outside of its folder.
  "temp_store = MEMORY",
  // In KiB.
  "cache_size = -16384",
  `wal_autocheckpoint = ${LOG_PAGES}`,
  `journal_size_limit = ${LOG_PAGES * 4096}`,
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
   * @throws {StoreError} If it cannot be used; the message says in one line
   * why, and what to do.
   */
  constructor(path: string, migrations: readonly Migration[] = MIGRATIONS) {
    this.path = path;
    // SQLite would take a few names, such as :memory:, for something else.
    const file = isAbsolute(path) ? path : `./${path}`;
    try {
      this.#identity = checkFile(file, path);
      this.connection = connect(file);
    } catch (error) {
      throw storeError(path, error);
    }
    openFiles.add(this.#identity);
    try {
      prepare(this.connection, path, migrations);
    } catch (error) {
      this.close();
      throw storeError(path, error);
    }
  }

  /**
   * Makes sure that the file is still where it was: what is written to one that
   * was moved away or deleted would be lost.
   *
   * @throws {StoreError} If it is not.
   */
  checkInPlace(): void {
    if (identify(this.path) === this.#identity) return;
    throw cannotUse(
      this.path,
      "it was moved, deleted or replaced while the daemon ran; put it back, " +
        "or restart the daemon",
    );
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
    openFiles.delete(this.#identity);
    this.connection.close();
  }
}

/**
 * Looks at a file before SQLite does, since SQLite brings even another
 * application's database up to date when it is opened after a crash.
 *
 * @returns Which file it is.
 */
function checkFile(file: string, path: string): string {
  if (openFiles.has(identify(file) ?? "")) {
    throw cannotUse(path, "this program has it open already");
  }
  Deno.mkdirSync(dirname(file), { recursive: true });
  // What is in a new one is for its owner alone.
  const options = { read: true, write: true, create: true, mode: 0o600 };
  using opened = Deno.openSync(file, options);
  const { dev, ino, isFile, size } = opened.statSync();
  if (!isFile) throw cannotUse(path, "it is not a file; name another one");
  const header = new Uint8Array(HEADER_SIZE);
  const isWhole = opened.readSync(header) === HEADER_SIZE;
  const magic = new TextDecoder().decode(header.subarray(0, 16));
  if (size > 0 && (!isWhole || magic !== SQLITE_MAGIC)) {
    throw cannotUse(path, "it is not a SQLite database; name another file");
  }
  const owner = new DataView(header.buffer).getUint32(APPLICATION_ID_OFFSET);
  if (size > 0 && owner !== APPLICATION_ID) {
    throw cannotUse(
      path,
      "it is the database of another application; name another file",
    );
  }
  return identity({ dev, ino });
}

/** Tells which file is at a path; none, if there is none. */
function identify(path: string): string | undefined {
  try {
    return identity(Deno.statSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function identity({ dev, ino }: Pick<Deno.FileInfo, "dev" | "ino">): string {
  return `${dev} ${ino}`;
}

function prepare(
  connection: DatabaseSync,
  path: string,
  migrations: readonly Migration[],
): void {
  for (const setting of SETTINGS) run(connection, `PRAGMA ${setting}`);
  const version = Number(pragma(connection, "user_version"));
  if (version > migrations.length) {
    throw cannotUse(
      path,
      `a newer daemon has made it (version ${version}, this daemon knows ` +
        `${migrations.length}); run that one, or name another file`,
    );
  }
  if (version > 0) checkSound(connection, path);
  // Only then, so that the first commit is in the file itself, not in the log.
  migrate(connection, version, migrations);
  run(connection, "PRAGMA journal_mode = WAL");
  writeNothing(connection);
}

/**
 * Reads the whole file, once: some tenths of a second for 100,000 orders. Finds
 * pages that are lost, used twice or torn, rows out of order, and rows against
 * the rules of their table. Does not find an index that does not match its
 * table, which would take three times as long, nor a wrong value that is legal.
 */
function checkSound(connection: DatabaseSync, path: string): void {
  const found = String(pragma(connection, "quick_check(1)"));
  if (found !== "ok") throw damaged(path, found.replaceAll(/\s+/g, " "));
}

/**
 * Writes to a database what it says already: as far as to the disk, if it is
 * not in a transaction.
 *
 * @param connection The database.
 */
export function writeNothing(connection: DatabaseSync): void {
  const version = pragma(connection, "user_version");
  run(connection, `PRAGMA user_version = ${version}`);
}

function pragma(connection: DatabaseSync, name: string): unknown {
  return run(connection, `PRAGMA ${name}`)[0]?.[0];
}
