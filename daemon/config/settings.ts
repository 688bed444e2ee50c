/**
 * Reading single settings: what the daemon and the commands of its program
 * share.
 *
 * @module
 */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { isLoopback } from "./listen_address.ts";
import { messageOf } from "../polling/error_message.ts";

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

/** What an error says instead of a value that may hold a secret. */
const REDACTED = "(its value is not shown, since it may hold a secret)";

/**
 * Parses a command line. Blanks around the flags' values are removed.
 *
 * @param config The command line, and the flags that exist.
 * @throws {ConfigError} If it has a flag that does not exist.
 */
export function parseFlags<T extends ParseArgsConfig & { args: string[] }>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    const parsed = parseArgs(config);
    const values: Record<string, unknown> = parsed.values;
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "string") values[name] = value.trim();
    }
    return parsed;
  } catch (error) {
    const message = messageOf(error);
    const isShowingSecret = config.args.some((argument) => {
      const [shown] = argument.startsWith("-")
        ? argument.split("=")
        : [argument];
      return !isHarmless(shown!) && message.includes(shown!);
    });
    // Some of its messages go on with advice; one line is enough.
    const [line] = message.split("\n");
    throw new ConfigError(
      isShowingSecret
        ? `Cannot use an argument ${REDACTED}; see --help`
        : `${line}; see --help`,
    );
  }
}

/**
 * Reads an environment variable.
 *
 * @param environment What the environment says.
 * @param name The variable's name.
 * @returns Its text without the blanks around it; `undefined` if nothing is
 * left.
 */
export function readVariable(
  environment: Environment,
  name: Parameters<Environment>[0],
): string | undefined {
  return environment(name)?.trim() || undefined;
}

/**
 * Tells whether an error may show a text that somebody gave as a setting: a
 * mistyped URL, or a value given to the wrong setting, may hold a password.
 *
 * @param text The text.
 */
export function isHarmless(text: string): boolean {
  return text.length <= 80 &&
    !/["'`@=\r\n]|\/\//.test(text.replace(/^https?:\/\//i, ""));
}

/**
 * A text that somebody gave as a setting, for an error.
 *
 * @param text The text.
 */
export function formatValue(text: string): string {
  return isHarmless(text) ? `'${text}'` : REDACTED;
}

/**
 * Parses one setting.
 *
 * @param name The flag or the variable that it comes from.
 * @param text What that says.
 * @param parse Parses it; returns `undefined` for what cannot be used.
 * @param expected What can be used, for the error's text.
 * @throws {ConfigError} If it cannot be used.
 */
export function readSetting<T>(
  name: string,
  text: string,
  parse: (text: string) => T | undefined,
  expected: string,
): T {
  const value = parse(text);
  if (value !== undefined) return value;
  const hint = isHarmless(text) ? "" : ", without quotation marks";
  throw new ConfigError(
    `Cannot use ${name} ${formatValue(text)}: it must be ${expected}${hint}`,
  );
}

/**
 * Reads the credentials for CallFire, and its base URL.
 *
 * @param environment What the environment says.
 * @throws {ConfigError} If the login or the password is not set, or one of the
 * three cannot be used.
 */
export function parseCredentials(environment: Environment): Credentials {
  const baseUrl = readVariable(environment, "CALLFIRE_BASE_URL");
  return {
    login: readCredential(environment, "CALLFIRE_LOGIN"),
    password: readCredential(environment, "CALLFIRE_PASSWORD"),
    baseUrl: baseUrl && readSetting(
      "CALLFIRE_BASE_URL",
      baseUrl,
      parseBaseUrl,
      "a URL, and begin with https:// unless its host is this machine; it " +
        "may hold no credentials, no ? and no #",
    ),
  };
}

/**
 * Reads the token that callers of the API have to send.
 *
 * @param environment What the environment says.
 * @returns The token, if there is one.
 * @throws {ConfigError} If it is no bearer token.
 */
export function parseApiToken(environment: Environment): string | undefined {
  const token = readVariable(environment, "API_TOKEN");
  if (token === undefined || /^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new ConfigError(
    `Cannot use API_TOKEN ${REDACTED}: a bearer token may hold only letters, ` +
      "digits and -._~+/, and no quotation marks",
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
export function parseMaxRequestsPerSecond(
  environment: Environment,
  flag?: string,
): number {
  return readSetting(
    flag === undefined
      ? "MAX_REQUESTS_PER_SECOND"
      : "--max-requests-per-second",
    flag ?? readVariable(environment, "MAX_REQUESTS_PER_SECOND") ?? "10",
    readRate,
    "a number from 0.01 to 100000, or 0 for no limit",
  );
}

/**
 * Reads a credential as it is: it may hold blanks and quotation marks. But those
 * around it come from a file that was read by a program which keeps them
 * (docker --env-file) or with its last line break (a Kubernetes secret), and
 * CallFire would refuse it without saying why. CallFire issues none like that.
 */
function readCredential(
  environment: Environment,
  name: "CALLFIRE_LOGIN" | "CALLFIRE_PASSWORD",
): string {
  const value = environment(name);
  if (!value) {
    throw new ConfigError(
      `Cannot ask CallFire: the environment variable ${name} is not set; set ` +
        "CALLFIRE_LOGIN and CALLFIRE_PASSWORD to those of the account's API user",
    );
  }
  const reason = /^(["'`]).*\1$/s.test(value)
    ? "it stands in quotation marks, which would be sent to CallFire as a part " +
      "of it; remove them"
    : value !== value.trim()
    ? "it begins or ends with a blank or a line break, which would be sent to " +
      "CallFire as a part of it; remove it"
    : undefined;
  if (reason === undefined) return value;
  throw new ConfigError(`Cannot use ${name} ${REDACTED}: ${reason}`);
}

/** Refuses what the client would refuse, before anything is started. */
function parseBaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || /["'`\s]/.test(text) || /[?#]/.test(text)) return undefined;
  if (url.username || url.password) return undefined;
  const isLocal = isLoopback(url.hostname.replace(/^\[|\]$/g, "")) ||
    url.hostname.endsWith(".localhost");
  return url.protocol === "https:" || (url.protocol === "http:" && isLocal)
    ? text
    : undefined;
}

function readRate(text: string): number | undefined {
  if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined;
  const rate = Number(text);
  if (rate === 0) return Infinity;
  return rate >= 0.01 && rate <= 100_000 ? rate : undefined;
}
