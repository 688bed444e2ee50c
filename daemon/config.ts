/**
 * What the daemon is told when it starts, from flags and the environment,
 * checked once.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { readDuration } from "./duration.ts";
import { isLoopback, type ListenAddress, readListen } from "./listen.ts";

/** A setting that cannot be used; the message says which, in one line. */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = "ConfigError";
}

/** Where log lines are made for: a person, or a machine. */
export type LogFormat = "text" | "json";

/** The settings of a daemon. */
export interface Config {
  /** Where the API is served. */
  listen: ListenAddress;
  /** Where watches are kept: the path of a SQLite file. */
  database: string;
  /** The login of the account's API user. */
  login: string;
  /** The password of the account's API user. */
  password: string;
  /** Where CallFire's API begins; absent for CallFire itself. */
  baseUrl: string | undefined;
  /** Questions a second over all orders; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** The age at which a watch is given up, in milliseconds. */
  expireAfter: number;
  /** What callers of the API have to show; absent for nothing. */
  apiToken: string | undefined;
  /** How log lines are written. */
  logFormat: LogFormat;
}

/** Every environment variable that is read. */
export const ENVIRONMENT_VARIABLES = [
  "LISTEN",
  "DATABASE_URL",
  "CALLFIRE_LOGIN",
  "CALLFIRE_PASSWORD",
  "CALLFIRE_BASE_URL",
  "MAX_REQUESTS_PER_SECOND",
  "EXPIRE_AFTER",
  "API_TOKEN",
  "LOG_FORMAT",
] as const;

/** What the environment says, by the variable's name. */
export type Environment = (
  name: typeof ENVIRONMENT_VARIABLES[number],
) => string | undefined;

/** What `--help` prints. */
export const HELP = `Watches CallFire number orders for as long as it takes.

Usage: deno task start [flags]

  --listen HOST:PORT             LISTEN, by default 127.0.0.1:9837
  --database FILE                DATABASE_URL, by default data/orders.db
  --max-requests-per-second N    MAX_REQUESTS_PER_SECOND, by default 10; over
                                 all orders of the account, 0 for no limit
  --expire-after DURATION        EXPIRE_AFTER, by default 24h; such as 90m, 7d
  --log text|json                LOG_FORMAT, by default text
  --help                         prints this

A flag goes before its variable. Only by the environment:

  CALLFIRE_LOGIN                 the login of the account's API user
  CALLFIRE_PASSWORD              its password
  CALLFIRE_BASE_URL              by default https://www.callfire.com/api/1.1/rest
  API_TOKEN                      what callers of /v1 must send as a bearer token;
                                 needed to listen on more than this machine

SIGTERM and SIGINT stop it, a second one at once; SIGUSR2 copies the database to
FILE.backup while it runs.

Exit codes: 0 stopped as it was told to, 1 it could not go on, 2 a setting is
wrong, 70 it can no longer read answers and wants to be started anew.
`;

/**
 * Reads the settings.
 *
 * @param args The command line, without the program's name.
 * @param environment What the environment says.
 * @returns The settings, or `"help"` if that is what was asked for.
 * @throws {ConfigError} If a setting is missing or cannot be used.
 */
export function readConfig(
  args: string[],
  environment: Environment,
): Config | "help" {
  const flags = readFlags(args);
  if (flags.help) return "help";
  /** The flag, or the variable in its place; an empty one is not set. */
  const setting = (
    flag: string | undefined,
    variable: Parameters<Environment>[0],
  ) => flag ?? (environment(variable) || undefined);

  const listen = read(
    flags.listen === undefined ? "LISTEN" : "--listen",
    setting(flags.listen, "LISTEN") ?? "127.0.0.1:9837",
    readListen,
    "an address such as 127.0.0.1:9837 or [::1]:9837",
  );
  const apiToken = environment("API_TOKEN") || undefined;
  if (apiToken === undefined && !isLoopback(listen.hostname)) {
    throw new ConfigError(
      `Cannot listen on '${listen.hostname}' without API_TOKEN: set it to a ` +
        "long random text, or listen on 127.0.0.1",
    );
  }
  if (apiToken !== undefined && !/^[A-Za-z0-9._~+/-]+=*$/.test(apiToken)) {
    throw new ConfigError(
      "Cannot use API_TOKEN: a bearer token is of letters, digits and " +
        "-._~+/ alone, set it to such a text",
    );
  }
  return {
    listen,
    database: readDatabase(
      setting(flags.database, "DATABASE_URL") ?? "data/orders.db",
    ),
    login: required(environment, "CALLFIRE_LOGIN"),
    password: required(environment, "CALLFIRE_PASSWORD"),
    baseUrl: environment("CALLFIRE_BASE_URL") || undefined,
    maxRequestsPerSecond: read(
      flags["max-requests-per-second"] === undefined
        ? "MAX_REQUESTS_PER_SECOND"
        : "--max-requests-per-second",
      setting(flags["max-requests-per-second"], "MAX_REQUESTS_PER_SECOND") ??
        "10",
      readRate,
      "a number from 0.01 to 100000, or 0 for no limit",
    ),
    expireAfter: read(
      flags["expire-after"] === undefined ? "EXPIRE_AFTER" : "--expire-after",
      setting(flags["expire-after"], "EXPIRE_AFTER") ?? "24h",
      readDuration,
      "a length of time such as 90m, 24h or 7d",
    ),
    apiToken,
    logFormat: read(
      flags.log === undefined ? "LOG_FORMAT" : "--log",
      setting(flags.log, "LOG_FORMAT") ?? "text",
      (text) => text === "text" || text === "json" ? text : undefined,
      "text or json",
    ),
  };
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "listen": { type: "string" },
        "database": { type: "string" },
        "max-requests-per-second": { type: "string" },
        "expire-after": { type: "string" },
        "log": { type: "string" },
        "help": { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    // Some of its messages go on with advice; one line is enough.
    const [line] = (error instanceof Error ? error.message : String(error))
      .split("\n");
    throw new ConfigError(`${line}; see --help`);
  }
}

function read<T>(
  name: string,
  text: string,
  reader: (text: string) => T | undefined,
  expected: string,
): T {
  const value = reader(text);
  if (value !== undefined) return value;
  throw new ConfigError(`Cannot use ${name} '${text}': it must be ${expected}`);
}

function required(
  environment: Environment,
  name: "CALLFIRE_LOGIN" | "CALLFIRE_PASSWORD",
): string {
  const value = environment(name);
  if (value) return value;
  throw new ConfigError(
    `Cannot ask CallFire: the environment variable ${name} is not set; set ` +
      "CALLFIRE_LOGIN and CALLFIRE_PASSWORD to those of the account's API user",
  );
}

function readRate(text: string): number | undefined {
  if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined;
  const rate = Number(text);
  if (rate === 0) return Infinity;
  return rate >= 0.01 && rate <= 100_000 ? rate : undefined;
}

function readDatabase(text: string): string {
  // A database URL may hold a password, so no more of it is shown.
  const scheme = /^[a-z][a-z0-9+.-]+:/i.exec(text)?.[0];
  if (scheme === undefined) return text;
  throw new ConfigError(
    `Cannot use the database '${scheme}…': it must be the path of a SQLite ` +
      "file, such as data/orders.db",
  );
}
