/**
 * Reading single settings: what the daemon and the commands of its program
 * share.
 *
 * @module
 */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { messageOf } from "./watch/message_of.ts";

/** A setting that cannot be used; the message says which, in one line. */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = "ConfigError";
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
  "WEBHOOK_HOSTS",
  "WEBHOOK_ALLOW_PRIVATE",
  "LOG_FORMAT",
] as const;

/** What the environment says, by the variable's name. */
export type Environment = (
  name: typeof ENVIRONMENT_VARIABLES[number],
) => string | undefined;

/** Who asks CallFire, and where. */
export interface Credentials {
  /** The login of the account's API user. */
  login: string;
  /** The password of the account's API user. */
  password: string;
  /** Where CallFire's API begins; absent for CallFire itself. */
  baseUrl: string | undefined;
}

/**
 * Parses a command line.
 *
 * @param config The command line, and the flags that there are.
 * @throws {ConfigError} If it has a flag that there is not.
 */
export function parseFlags<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // Some of its messages go on with advice; one line is enough.
    const [line] = messageOf(error).split("\n");
    throw new ConfigError(`${line}; see --help`);
  }
}

/**
 * Reads one setting.
 *
 * @param name The flag or the variable that it comes from.
 * @param text What that says.
 * @param reader Reads it; answers `undefined` for what cannot be used.
 * @param expected What can be used, for the error's text.
 * @throws {ConfigError} If it cannot be used.
 */
export function readSetting<T>(
  name: string,
  text: string,
  reader: (text: string) => T | undefined,
  expected: string,
): T {
  const value = reader(text);
  if (value !== undefined) return value;
  throw new ConfigError(`Cannot use ${name} '${text}': it must be ${expected}`);
}

/**
 * Reads who asks CallFire, and where.
 *
 * @param environment What the environment says.
 * @throws {ConfigError} If the login or the password is not set.
 */
export function readCredentials(environment: Environment): Credentials {
  return {
    login: required(environment, "CALLFIRE_LOGIN"),
    password: required(environment, "CALLFIRE_PASSWORD"),
    baseUrl: environment("CALLFIRE_BASE_URL") || undefined,
  };
}

/**
 * Reads what callers of the API have to show.
 *
 * @param environment What the environment says.
 * @returns The token, if there is one.
 * @throws {ConfigError} If it is no bearer token.
 */
export function readApiToken(environment: Environment): string | undefined {
  const token = environment("API_TOKEN") || undefined;
  if (token === undefined || /^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new ConfigError(
    "Cannot use API_TOKEN: a bearer token is of letters, digits and " +
      "-._~+/ alone, set it to such a text",
  );
}

/**
 * Reads how often the account may be asked.
 *
 * @param environment What the environment says.
 * @param flag What the flag says, which goes before it.
 * @returns Questions a second over all orders; `Infinity` for no limit.
 * @throws {ConfigError} If it cannot be used.
 */
export function readMaxRequestsPerSecond(
  environment: Environment,
  flag?: string,
): number {
  return readSetting(
    flag === undefined
      ? "MAX_REQUESTS_PER_SECOND"
      : "--max-requests-per-second",
    flag ?? (environment("MAX_REQUESTS_PER_SECOND") || "10"),
    readRate,
    "a number from 0.01 to 100000, or 0 for no limit",
  );
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
