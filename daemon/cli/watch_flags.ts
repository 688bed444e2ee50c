/**
 * What the command is told: flags, ids and the environment, checked once.
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

/** What is watched straight through the client. */
export interface ClientSource {
  /** Always `client`. */
  type: "client";
  /** Who asks, and where. */
  credentials: Credentials;
  /** The least time between two questions about an order, in milliseconds. */
  interval: number;
  /** Questions a second over all orders; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
}

/** What is watched through a daemon. */
export interface DaemonSource {
  /** Always `daemon`. */
  type: "daemon";
  /** Where the daemon is, without a slash at its end. */
  url: string;
  /** What it has to be shown. */
  token: string | undefined;
}

/** What the command is told. */
export interface WatchOptions {
  /** The ids as they were given; `-` is for those on the standard input. */
  ids: string[];
  /** How long each order is waited for, in milliseconds. */
  timeout: number;
  /** How progress is written; `text` is live where a person looks. */
  format: "text" | "json";
  /** Whether only results are written. */
  isQuiet: boolean;
  /** Who is asked. */
  source: ClientSource | DaemonSource;
}

/**
 * Reads what the command is told.
 *
 * @param args The command line, without `watch`.
 * @param environment What the environment says.
 * @returns The options, or `"help"` if that is what was asked for.
 * @throws {ConfigError} If something is missing or cannot be used.
 */
export function parseWaitFlags(
  args: string[],
  environment: Environment,
): WatchOptions | "help" {
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
      "Cannot watch: no order id is given; give one or more, or - to read " +
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
      ? readClientSource(flags.interval, environment)
      : readDaemonSource(flags.daemon, flags.interval, environment),
  };
}

/**
 * Checks ids.
 *
 * @param texts The ids as they were given.
 * @returns Each id once, in the way that CallFire writes it.
 * @throws {ConfigError} If there is none, or one that no order can have.
 */
export function parseOrderIds(texts: readonly string[]): string[] {
  if (!texts.every(isHarmless)) {
    throw new ConfigError(
      "Cannot watch: one of the texts given is no order id, and is not shown " +
        "since it may hold a secret; an order id is a whole number",
    );
  }
  try {
    const ids = new Set(texts.map((text) => parseOrderId(text, "watch")));
    if (ids.size > 0) return [...ids];
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) {
      throw error;
    }
    throw new ConfigError(error.message);
  }
  throw new ConfigError(
    "Cannot watch: there is no order id on the standard input; write one a line",
  );
}

function readClientSource(
  interval: string | undefined,
  environment: Environment,
): ClientSource {
  return {
    type: "client",
    credentials: parseCredentials(environment),
    interval: interval === undefined ? MIN_INTERVAL_MS : readSetting(
      "--interval",
      interval,
      readInterval,
      "a length of time of at least 1s, since CallFire allows one question a " +
        "second about an order",
    ),
    maxRequestsPerSecond: parseMaxRequestsPerSecond(environment),
  };
}

function readInterval(text: string): number | undefined {
  const interval = parseDuration(text);
  return interval !== undefined && interval >= MIN_INTERVAL_MS
    ? interval
    : undefined;
}

function readDaemonSource(
  text: string,
  interval: string | undefined,
  environment: Environment,
): DaemonSource {
  if (interval !== undefined) {
    throw new ConfigError(
      `Cannot use --interval ${formatValue(interval)} with --daemon: the ` +
        "daemon keeps a pace of its own; leave one of them out",
    );
  }
  if (text.includes("@")) {
    // It may hold a password, so it is not shown.
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
