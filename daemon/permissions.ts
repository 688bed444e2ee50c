/**
 * What the daemon may do, and nothing else: the one place that says so.
 *
 * @module
 */

import { dirname } from "node:path";
import { type Config, ENVIRONMENT_VARIABLES } from "./config.ts";
import { formatAddress } from "./listen.ts";

/** Where CallFire itself answers. */
const CALLFIRE_HOST = "www.callfire.com:443";

/**
 * The permissions that a daemon needs with these settings: to listen, to ask
 * CallFire, to read and write the folder of its database, and to read its
 * settings.
 *
 * @param config The settings.
 * @returns Flags for `deno run`.
 */
export function permissionFlags(config: Config): string[] {
  const hosts = [formatAddress(config.listen), callfireHost(config.baseUrl)];
  const folder = dirname(config.database);
  return [
    "--no-prompt",
    // Code may be imported from a few hosts, whatever --allow-net says; Deno
    // 2.9.6 heeds no --deny-import against that.
    "--no-remote",
    `--allow-net=${hosts.join(",")}`,
    `--allow-read=${escapeList(folder)}`,
    `--allow-write=${escapeList(folder)}`,
    `--allow-env=${ENVIRONMENT_VARIABLES.join(",")}`,
  ];
}

/** The host and port of a base URL; the client checks what else it must be. */
function callfireHost(baseUrl: string | undefined): string {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (!url?.hostname) return CALLFIRE_HOST;
  return `${url.hostname}:${url.port || (url.protocol === "http:" ? 80 : 443)}`;
}

/** A comma would part the list of paths; doubled it stands for itself. */
function escapeList(path: string): string {
  return path.replaceAll(",", ",,");
}
