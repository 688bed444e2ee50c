/**
 * The header of a SQLite file, read and written while SQLite has it not open.
 *
 * @module
 */

import { dirname } from "node:path";
import { APPLICATION_ID } from "./migrations.ts";
import { unusable } from "./errors.ts";
import { APPLICATION_ID_WITH_LOG, logPathOf } from "./write_ahead_log.ts";

/** What every SQLite file begins with. */
const SQLITE_MAGIC = "SQLite format 3\0";

/** The size of the header of a SQLite file, and where the owner is in it. */
const HEADER_SIZE = 100;
const APPLICATION_ID_OFFSET = 68;

/**
 * Looks at a file before SQLite does, since SQLite brings even another
 * application's database up to date when it is opened after a crash. Makes it,
 * and its folder, where there is none.
 *
 * @param file The file.
 * @param path Its path as errors name it.
 * @returns Which file it is.
 * @throws {StoreError} If it cannot be used; it is then as it was.
 */
export function checkFile(file: string, path: string): string {
  Deno.mkdirSync(dirname(file), { recursive: true });
  // What is in a new one is for its owner alone.
  const options = { read: true, write: true, create: true, mode: 0o600 };
  using opened = Deno.openSync(file, options);
  const { dev, ino, isFile, size } = opened.statSync();
  if (!isFile) throw unusable(path, "it is not a file; name another one");
  const header = new Uint8Array(HEADER_SIZE);
  const isWhole = opened.readSync(header) === HEADER_SIZE;
  const magic = new TextDecoder().decode(header.subarray(0, 16));
  if (size > 0 && (!isWhole || magic !== SQLITE_MAGIC)) {
    throw unusable(path, "it is not a SQLite database; name another file");
  }
  const owner = new DataView(header.buffer).getUint32(APPLICATION_ID_OFFSET);
  const hasLog = owner === APPLICATION_ID_WITH_LOG;
  if (size > 0 && owner !== APPLICATION_ID && !hasLog) {
    throw unusable(
      path,
      "it is the database of another application; name another file",
    );
  }
  const log = logPathOf(path);
  if (hasLog && identify(logPathOf(file)) === undefined) {
    throw unusable(
      path,
      `'${log}' is missing, and with it what was stored last; put that file ` +
        "back, or restore a backup. To start without what it held, create an " +
        `empty file '${log}'`,
    );
  }
  return identity({ dev, ino });
}

/**
 * Writes into the header of a SQLite file whose it is.
 *
 * @param path The file, which nobody has open.
 * @param owner The application id.
 */
export function setOwner(path: string, owner: number): void {
  using file = Deno.openSync(path, { write: true });
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, owner);
  file.seekSync(APPLICATION_ID_OFFSET, Deno.SeekMode.Start);
  file.writeSync(bytes);
  file.syncSync();
}

/**
 * Tells which file is at a path.
 *
 * @param path The path.
 * @returns The same text for the same file; `undefined` if there is none.
 */
export function identify(path: string): string | undefined {
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
