/**
 * What the daemon is told when it starts, from flags and the environment,
 * checked once.
 *
 * @module
 */

import { parseDuration } from "./duration.ts";
import {
  isLoopback,
  type ListenAddress,
  parseListenAddress,
} from "./listen_address.ts";
import {
  ConfigError,
  type Credentials,
  type Environment,
  parseApiToken,
  parseCredentials,
  parseFlags,
  parseMaxRequestsPerSecond,
  readSetting,
  readVariable,
} from "./settings.ts";
import { checkDatabase } from "../store/database_setting.ts";
import {
  type AllowedHosts,
  parseAllowedHosts,
} from "../webhooks/allowed_hosts.ts";

export {
  ConfigError,
  type Environment,
  ENVIRONMENT_VARIABLES,
} from "./settings.ts";

/** Where log lines are made for: a person, or a machine. */
export type LogFormat = "text" | "json";

/** The settings of a daemon. */
export interface Config extends Credentials {
  /** Where the API is served. */
  listen: ListenAddress;
  /**
   * Where watches are kept: the path of a SQLite file, or the URL of a
   * PostgreSQL database, which may hold a password.
   */
  database: string;
  /** Questions a second over all orders; `Infinity` for no limit. */
  maxRequestsPerSecond: number;
  /** The age at which a watch is given up, in milliseconds. */
  expireAfter: number;
  /** What callers of the API have to show; absent for nothing. */
  apiToken: string | undefined;
  /** The hosts that webhooks may be sent to; none unless told. */
  webhookHosts: AllowedHosts;
  /** How log lines are written. */
  logFormat: LogFormat;
}

/** What `--help` prints. */
export const HELP = `Watches CallFire number orders for as long as it takes.

Usage: deno task start [flags]

To wait for orders without a daemon: deno task wait --help

  --listen HOST:PORT             LISTEN, by default 127.0.0.1:9837
  --database FILE|URL            DATABASE_URL, by default data/orders.db; or
                                 postgres://user:password@host:5432/name, which
                                 several daemons can share
  --max-requests-per-second N    MAX_REQUESTS_PER_SECOND, by default 10; over
                                 all orders of the account, 0 for no limit
  --expire-after DURATION        EXPIRE_AFTER, by default 24h; such as 90m, 7d
  --webhook-hosts HOST[:PORT],…  WEBHOOK_HOSTS, where webhooks may be sent to: 443
                                 unless told, * for anywhere; none by default
  --webhook-allow-private        WEBHOOK_ALLOW_PRIVATE=true, for addresses that
                                 are not public; an IP address or localhost that
                                 is named may be one without
  --log text|json                LOG_FORMAT, by default text
  --help                         prints this

A flag goes before its variable. Only by the environment:

  CALLFIRE_LOGIN                 the login of the account's API user
  CALLFIRE_PASSWORD              its password
  CALLFIRE_BASE_URL              by default https://www.callfire.com/api/1.1/rest
  API_TOKEN                      what callers of /v1 must send as a bearer token;
                                 needed to listen on more than this machine

SIGTERM, SIGINT and SIGHUP stop it, a second one at once, and so does the end of
the process that launched it, such as npx; nohup has no effect. SIGUSR2 copies
the database to FILE.backup while it runs. Back up PostgreSQL by pg_dump.

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
export function parseConfig(
  args: string[],
  environment: Environment,
): Config | "help" {
  const flags = readFlags(args);
  if (flags.help) return "help";
  /** The flag, or the variable in its place; an empty one is not set. */
  const setting = (
    flag: string | undefined,
    variable: Parameters<Environment>[0],
  ) => flag ?? readVariable(environment, variable);

  const listen = readSetting(
    flags.listen === undefined ? "LISTEN" : "--listen",
    setting(flags.listen, "LISTEN") ?? "127.0.0.1:9837",
    parseListenAddress,
    "an address such as 127.0.0.1:9837 or [::1]:9837",
  );
  const apiToken = parseApiToken(environment);
  if (apiToken === undefined && !isLoopback(listen.hostname)) {
    throw new ConfigError(
      `Cannot listen on '${listen.hostname}' without API_TOKEN: set it to a ` +
        "long random text, or listen on 127.0.0.1",
    );
  }
  const isPrivateAllowed = flags["webhook-allow-private"] ?? readSetting(
    "WEBHOOK_ALLOW_PRIVATE",
    readVariable(environment, "WEBHOOK_ALLOW_PRIVATE") ?? "false",
    (text) => text === "true" ? true : text === "false" ? false : undefined,
    "true or false",
  );
  return {
    listen,
    database: readDatabase(
      flags.database === undefined ? "DATABASE_URL" : "--database",
      setting(flags.database, "DATABASE_URL") ?? "data/orders.db",
    ),
    ...parseCredentials(environment),
    maxRequestsPerSecond: parseMaxRequestsPerSecond(
      environment,
      flags["max-requests-per-second"],
    ),
    expireAfter: readSetting(
      flags["expire-after"] === undefined ? "EXPIRE_AFTER" : "--expire-after",
      setting(flags["expire-after"], "EXPIRE_AFTER") ?? "24h",
      parseDuration,
      "a length of time such as 90m, 24h or 7d",
    ),
    apiToken,
    webhookHosts: readSetting(
      flags["webhook-hosts"] === undefined
        ? "WEBHOOK_HOSTS"
        : "--webhook-hosts",
      setting(flags["webhook-hosts"], "WEBHOOK_HOSTS") ?? "",
      (text) => parseAllowedHosts(text, isPrivateAllowed),
      "hosts such as example.com or 127.0.0.1:8080, with commas between " +
        "them, or *",
    ),
    logFormat: readSetting(
      flags.log === undefined ? "LOG_FORMAT" : "--log",
      setting(flags.log, "LOG_FORMAT") ?? "text",
      (text) => text === "text" || text === "json" ? text : undefined,
      "text or json",
    ),
  };
}

function readFlags(args: string[]) {
  return parseFlags({
    args,
    options: {
      "listen": { type: "string" },
      "database": { type: "string" },
      "max-requests-per-second": { type: "string" },
      "expire-after": { type: "string" },
      "webhook-hosts": { type: "string" },
      "webhook-allow-private": { type: "boolean" },
      "log": { type: "string" },
      "help": { type: "boolean", short: "h" },
    },
  }).values;
}

function readDatabase(name: string, text: string): string {
  try {
    checkDatabase(name, text);
  } catch (error) {
    throw new ConfigError((error as TypeError).message);
  }
  return text;
}
