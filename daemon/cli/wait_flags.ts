/**
 * The flags, IDs and settings of the command `wait`, checked once.
 *
 * @module
 */

import { MIN_INTERVAL_MS, parseOrderId } from "../../mod.ts";
import { parseDuration } from "../config/duration.ts";
import {
  ConfigError,
  type Credentials,
  type Environment,
  formatValue,
  isHarmless,
  parseApiToken,
  parseCredentials,
  parseFlags,
  parseMaxRequestsPerSecond,
  readSetting,
} from "../config/settings.ts";

/** Poll CallFire through the client. */
export interface DirectSettings {
  type: "direct";
  credentials: Credentials;
  /** The least time between two polls of an order, in milliseconds. */
  interval: number;
  /** Over all orders; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
}

/** Follow the orders at a daemon. */
export interface DaemonSettings {
  type: "daemon";
  /** The URL of the daemon, without a slash at its end. */
  url: string;
  /** Its API token. */
  token: string | undefined;
}

/** The command line and the environment, parsed. */
export interface WaitFlags {
  /** The IDs as they were given; `-` stands for those on the standard input. */
  ids: string[];
  /** The limit for each order, in milliseconds. */
  timeout: number;
  /** The format of the output; `text` is live at a terminal. */
  format: "text" | "json";
  /** Whether only outcomes are written. */
  isQuiet: boolean;
  source: DirectSettings | DaemonSettings;
}

/**
 * Parses the command line and the environment.
 *
 * @param args The command line, without `wait`.
 * @returns `"help"` for `--help`.
 * @throws {ConfigError} If something is missing or invalid.
 */
export function parseWaitFlags(
  args: string[],
  environment: Environment,
): WaitFlags | "help" {
  const { values: flags, positionals } = parseFlags({
    args,
    allowPositionals: true,
    options: {
      "timeout": { type: "string", default: "20s" },
      "interval": { type: "string" },
      "daemon": { type: "string" },
      "json": { type: "boolean", default: false },
      "quiet": { type: "boolean", short: "q", default: false },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  if (flags.help) return "help";
  if (positionals.length === 0) {
    throw new ConfigError(
      "Cannot wait: no order ID is given; give one or more, or - to read " +
        "them from the standard input; see --help",
    );
  }
  return {
    ids: positionals,
    timeout: readSetting(
      "--timeout",
      flags.timeout,
      parseDuration,
      "a length of time such as 90s, 5m or 1h30m",
    ),
    format: flags.json ? "json" : "text",
    isQuiet: flags.quiet,
    source: flags.daemon === undefined
      ? parseDirectSettings(flags.interval, environment)
      : parseDaemonSettings(flags.daemon, flags.interval, environment),
  };
}

/**
 * Checks order IDs.
 *
 * @returns Each ID once, as CallFire writes it.
 * @throws {ConfigError} If there is none, or an invalid one.
 */
export function parseOrderIds(texts: readonly string[]): string[] {
  if (!texts.every(isHarmless)) {
    throw new ConfigError(
      "Cannot wait: one of the texts given is no order ID, and is not shown " +
        "since it may hold a secret; an order ID is a whole number",
    );
  }
  try {
    const ids = new Set(texts.map((text) => parseOrderId(text, "wait for")));
    if (ids.size > 0) return [...ids];
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) {
      throw error;
    }
    throw new ConfigError(error.message);
  }
  throw new ConfigError(
    "Cannot wait: there is no order ID on the standard input; write one a line",
  );
}

function parseDirectSettings(
  interval: string | undefined,
  environment: Environment,
): DirectSettings {
  return {
    type: "direct",
    credentials: parseCredentials(environment),
    interval: interval === undefined ? MIN_INTERVAL_MS : readSetting(
      "--interval",
      interval,
      parseInterval,
      "a length of time of at least 1s, since CallFire allows one request a " +
        "second for an order",
    ),
    maxRequestsPerSecond: parseMaxRequestsPerSecond(environment),
  };
}

function parseInterval(text: string): number | undefined {
  const interval = parseDuration(text);
  return interval !== undefined && interval >= MIN_INTERVAL_MS
    ? interval
    : undefined;
}

function parseDaemonSettings(
  text: string,
  interval: string | undefined,
  environment: Environment,
): DaemonSettings {
  if (interval !== undefined) {
    throw new ConfigError(
      `Cannot use --interval ${formatValue(interval)} with --daemon: the ` +
        "daemon has its own interval; leave one of them out",
    );
  }
  if (text.includes("@")) {
    // The URL may hold a password, so the error does not quote it.
    throw new ConfigError(
      "Cannot use --daemon with credentials in its URL: set API_TOKEN instead",
    );
  }
  return {
    type: "daemon",
    url: readSetting(
      "--daemon",
      text,
      parseDaemonUrl,
      "the URL of a daemon, such as http://127.0.0.1:9837",
    ),
    token: parseApiToken(environment),
  };
}

function parseDaemonUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    return undefined;
  }
  return /["'`\s]/.test(text) ? undefined : url.href.replace(/\/+$/, "");
}
