/**
 * What PostgreSQL and the network say of a database, as one line for the person
 * who has to do something about it.
 *
 * @module
 */

import postgres from "postgres";
import { StoreError } from "../store.ts";
import { NoEncryptionError } from "./tls.ts";
import { RowError } from "../watch_row.ts";

/** By PostgreSQL's code of an error, what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  "28000": "see to the user in the URL, and to the server's pg_hba.conf",
  "28P01": "see to the user and the password in the URL",
  "3D000": "make it with createdb, or name another one",
  "42501": "let this user own the database, or GRANT it what is missing",
  "25006": "name the primary, which can be written to",
  "53100": "free some space there",
  "53300": "raise its max_connections, or close other connections",
  "57P03": "wait until the server has started",
};

/** By the code of an error of the network or of its driver, what it means. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no server answers there; start it, or name another host",
  ENOTFOUND: "there is no such host; name another one",
  EAI_AGAIN: "its host's name cannot be looked up; see to the network",
  EHOSTUNREACH: "its host cannot be reached; see to the network",
  ENETUNREACH: "its host cannot be reached; see to the network",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "its certificate is signed by itself alone; have it signed by an " +
    "authority, or use sslmode=require",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is signed by nobody known; let DENO_CERT be the file of " +
    "that authority's certificate, or use sslmode=require",
};

/** What to do about a connection pooler such as PgBouncer. */
const NO_POOLER =
  "give DATABASE_URL the host and port of the PostgreSQL server itself, since " +
  "LISTEN and the settings of a session get lost in a connection pooler such " +
  "as PgBouncer";

/** What a connection pooler says, and no server does. */
const SAID_BY_POOLER =
  /unsupported startup parameter|not allowed in (?:statement|transaction) pooling|pgbouncer/i;

/** The settings of a session did not reach the server. */
export class SessionSettingsError extends Error {
  /** Always `SessionSettingsError`. */
  override readonly name = "SessionSettingsError";

  /**
   * Makes an error.
   *
   * @param lost The names of the settings.
   */
  constructor(lost: readonly string[]) {
    super(
      "a connection pooler stands before the server and drops " +
        `${lost.join(", ")}`,
    );
  }
}

/** What was thrown when a connection took too long. */
export class TimeLimitError extends Error {
  /** Always `TimeLimitError`. */
  override readonly name = "TimeLimitError";
}

/** What was thrown when a connection was gone. */
export class ConnectionLostError extends Error {
  /** Always `ConnectionLostError`. */
  override readonly name = "ConnectionLostError";
}

/**
 * Makes the one error about a database that cannot be used.
 *
 * @param shown The database's URL, without its password.
 * @param reason What is wrong with it, and what to do.
 * @param cause What told us, where something did.
 */
export function unusable(
  redactedUrl: string,
  reason: string,
  cause?: unknown,
): StoreError {
  return new StoreError(`Cannot use the database ${redactedUrl}: ${reason}`, {
    cause,
  });
}

/**
 * Tells whether the server has said that it did not do what it was asked to,
 * and can go on with the next thing on the same connection.
 *
 * @param error What was thrown.
 */
export function isServerError(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.severity === "ERROR";
}

/**
 * Tells whether the server refused a value, whatever else it was asked.
 *
 * @param error What was thrown.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^2[23]/.test(error.code);
}

/**
 * Turns what was thrown over a database into the one error about it.
 *
 * @param shown The database's URL, without its password.
 * @param error What was thrown.
 * @returns A {@link StoreError}, or the same if neither the server nor the
 * network has thrown it: then it is a defect, and its stack is wanted.
 */
export function postgresError(redactedUrl: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const reason = reasonOf(error);
  return reason === undefined ? error : unusable(redactedUrl, reason, error);
}

function reasonOf(error: Error): string | undefined {
  if (error instanceof postgres.PostgresError) {
    const { code, message } = error;
    const remedy = SAID_BY_POOLER.test(message) ? NO_POOLER : REMEDIES[code];
    const said = `${oneLine(message)} (PostgreSQL's code ${code})`;
    return remedy ? `${said}; ${remedy}` : said;
  }
  if (error instanceof SessionSettingsError) {
    return `${error.message}; ${NO_POOLER}`;
  }
  if (error instanceof RowError) {
    return `${error.message}; put that right with psql, or delete the row`;
  }
  if (error instanceof TimeLimitError) {
    return `${error.message}; see to the server and the network`;
  }
  if (error instanceof NoEncryptionError) {
    return `${error.message}; set it up there, or leave sslmode out`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Deno may not use it (${oneLine(error.message)})`;
  }
  const code = "code" in error ? String(error.code) : "";
  if (NETWORK[code]) return NETWORK[code];
  if (error instanceof ConnectionLostError || /^CONNECTION_/.test(code)) {
    return "the connection was lost; see to the server and the network";
  }
  // Such as ECONNRESET; and what the certificate is not.
  return /^(E[A-Z0-9]+|[A-Z]+_[A-Z_]+)$/.test(code)
    ? `${oneLine(error.message)}; see to the server and the network`
    : undefined;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
