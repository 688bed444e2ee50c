/**
 * What SQLite and the file system say of a database file, as one line for the
 * person who has to do something about it.
 *
 * @module
 */

import { dirname } from "node:path";
import { StoreError } from "../store.ts";
import { RowError } from "../watch_row.ts";

/** What is wrong with a database, and what to do about it. */
type Reason = readonly [what: string, remedy: string];

const DAMAGED: Reason = [
  "it is damaged",
  "put a backup in its place, or save what can be read with the command " +
  ".recover of sqlite3",
];

/** By SQLite's result code, without what extends it in its upper bits. */
const REASONS: Readonly<Record<number, Reason>> = {
  5: [
    "another program holds it, maybe another daemon",
    "stop that one, or name another file",
  ],
  8: [
    "it or its folder is read-only",
    "allow this user to write both, or name another file",
  ],
  10: ["the disk failed", "look into the system's log"],
  11: DAMAGED,
  13: ["the disk is full", "free some space"],
  14: [
    "the files beside it cannot be opened",
    "allow this user to write its folder, or name another file",
  ],
  26: ["it is not a SQLite database", "name another file"],
};

/** The codes by what SQLite says: a copy that fails tells no code. */
const CODES: Readonly<Record<string, number>> = {
  "disk I/O error": 10,
  "database or disk is full": 13,
};

/**
 * Makes the one error about a database that cannot be used.
 *
 * @param path The database file.
 * @param reason What is wrong with it, and what to do.
 * @param cause What told us, where something did.
 */
export function unusable(
  path: string,
  reason: string,
  cause?: unknown,
): StoreError {
  return new StoreError(
    `Cannot use the database '${path}': ${reason}`,
    { cause },
  );
}

/**
 * Makes the error about a database that is damaged.
 *
 * @param path The database file.
 * @param found What shows it.
 */
export function corrupt(path: string, found: string): StoreError {
  return unusable(path, sentence(DAMAGED, found));
}

/**
 * Turns what was thrown over a database file into the one error about it.
 *
 * @param path The database file.
 * @param error What was thrown.
 * @returns A {@link StoreError}, or the same if neither SQLite nor the system
 * has thrown it: then it is a defect, and its stack is wanted.
 */
export function storeError(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  const reason = sqliteReason(error, code) ?? systemReason(path, error, code);
  return reason === undefined ? error : unusable(path, reason, error);
}

function sqliteReason(error: Error, code: string): string | undefined {
  if (error instanceof RowError) {
    return `${error.message}; put that right with sqlite3 while no daemon ` +
      "runs, or delete the row";
  }
  // Made by node:sqlite of a whole number that is not a safe integer.
  if (code === "ERR_OUT_OF_RANGE") {
    return "it holds a number that no daemon has written; put that right " +
      `with sqlite3 while no daemon runs (${error.message})`;
  }
  if (code !== "ERR_SQLITE_ERROR") return undefined;
  const found = "errcode" in error ? error.errcode : CODES[error.message];
  if (found === undefined) return error.message;
  const said = `${error.message}, SQLite's code ${found}`;
  const reason = REASONS[Number(found) & 0xff];
  return reason ? sentence(reason, said) : said;
}

function systemReason(
  path: string,
  error: Error,
  code: string,
): string | undefined {
  if (error instanceof Deno.errors.NotCapable) {
    const folder = dirname(path);
    return "Deno may not use it; run with " +
      `--allow-read='${folder}' --allow-write='${folder}'`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not read and write it; change its permissions or " +
      "those of its folder, or name another file";
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return "it is a folder; name a file";
  }
  // Such as ENOTDIR; codes with an underscore are not the system's.
  return /^E[A-Z0-9]+$/.test(code)
    ? `${error.message}; name another file`
    : undefined;
}

function sentence([what, remedy]: Reason, said: string): string {
  return `${what} (${said}); ${remedy}`;
}
