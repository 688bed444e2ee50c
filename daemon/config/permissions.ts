/**
 * What the daemon may do, and nothing else: the one place that says so.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { type Config, ConfigError, ENVIRONMENT_VARIABLES } from "./config.ts";
import { STOP_WITH_STDIN } from "../launchers.ts";
import { formatAddress } from "./listen_address.ts";
import { isPostgresUrl, parsePostgresUrl } from "../store/postgres/address.ts";

/** Where CallFire itself answers. */
const CALLFIRE_HOST = "www.callfire.com:443";

/**
 * What the driver of PostgreSQL asks of the environment whatever it is told:
 * the settings say all that it needs, so it is to find nothing there.
 */
const IGNORED_VARIABLES = ["PGAPPNAME", "PGTARGETSESSIONATTRS"];

/**
 * The permissions that a daemon needs with these settings: to listen, to ask
 * CallFire, to send webhooks, to read its settings, and to use its database: to
 * read and write the folder of a file, or to connect to a server. Where a
 * symbolic link leads to a file, they are for both the folder that is named and
 * the one that it is in.
 *
 * @param config The settings.
 * @returns Flags for `deno run`.
 * @throws {ConfigError} If the database's folder cannot be permitted.
 */
export function permissionFlags(config: Config): string[] {
  const { baseUrl, database, listen, webhookHosts } = config;
  const hosts = [
    formatAddress(listen),
    callfireHost(baseUrl),
    ...webhookHosts.named,
  ];
  if (isPostgresUrl(database)) {
    const { host, port } = parsePostgresUrl(database);
    hosts.push(formatAddress({ hostname: host, port }));
  }
  return [
    "--no-prompt",
    // Code may be imported from a few hosts, whatever --allow-net says; Deno
    // 2.9.6 heeds no --deny-import against that.
    "--no-remote",
    // Nor does it keep anybody from asking for a package by any name.
    "--cached-only",
    // Which of them may not be sent to is then for webhooks to check.
    webhookHosts.isAny ? "--allow-net" : `--allow-net=${hosts.join(",")}`,
    ...databasePermissions(database),
    `--allow-env=${[...ENVIRONMENT_VARIABLES, STOP_WITH_STDIN].join(",")}`,
  ];
}

function databasePermissions(database: string): string[] {
  if (isPostgresUrl(database)) {
    return [`--ignore-env=${IGNORED_VARIABLES.join(",")}`];
  }
  const folders = foldersOf(database).map(checkListed).join(",");
  return [`--allow-read=${folders}`, `--allow-write=${folders}`];
}

/** The folder of a file, and the one that links lead to, if it is another. */
function foldersOf(path: string): string[] {
  const real = dirname(followLinks(resolve(path)));
  return real === dirname(resolve(path))
    ? [dirname(path)]
    : [dirname(path), real];
}

/** Where a path leads to; the end of it need not be there yet. */
function followLinks(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Whatever else is wrong with it, the daemon says when it opens it.
    const parent = dirname(path);
    return parent === path ? path : join(followLinks(parent), basename(path));
  }
}

/** The host and port of a base URL; the client checks what else it must be. */
function callfireHost(baseUrl: string | undefined): string {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (!url?.hostname) return CALLFIRE_HOST;
  return `${url.hostname}:${url.port || (url.protocol === "http:" ? 80 : 443)}`;
}

/** Refuses what a list of paths cannot hold: Deno 2.9.6 has no way to. */
function checkListed(path: string): string {
  if (!path.includes(",")) return path;
  throw new ConfigError(
    `Cannot use a database in the folder '${path}': Deno cannot be given a ` +
      "permission for a path with a comma; name another folder",
  );
}
