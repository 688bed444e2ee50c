/**
 * Where webhooks may be sent to: which hosts the daemon's settings allow, and
 * whether a URL is at one of them.
 *
 * @module
 */

import { isIP } from "node:net";
import { formatAddress, isLoopback } from "../listen.ts";
import { isPublicAddress } from "./address.ts";

/** The longest URL, in characters. */
const LONGEST_URL = 2048;

/** The hosts that webhooks may be sent to. */
export interface AllowedHosts {
  /** Whether any host will do, not only those that are named. */
  readonly isAny: boolean;
  /** Those that are named: `HOST:PORT`, as permissions name them. */
  readonly named: readonly string[];
  /** Whether an address that is not public will do for all of them. */
  readonly isPrivateAllowed: boolean;
}

/** Where a webhook is sent to. */
export interface Target {
  /** The whole URL. It may hold what only its owner should know. */
  readonly url: string;
  /** Whether it is sent over TLS. */
  readonly isSecure: boolean;
  /** A name or an IP address, without brackets. */
  readonly hostname: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** The path and the query. */
  readonly path: string;
  /** Whether the host may turn out to have an address that is not public. */
  readonly isPrivateAllowed: boolean;
}

/** A URL that webhooks cannot be sent to; the message says why. */
export class TargetError extends Error {
  /** Always `TargetError`. */
  override readonly name = "TargetError";
}

/**
 * Reads the list of the hosts that webhooks may be sent to.
 *
 * @param text `HOST` or `HOST:PORT`, several with commas between them; 443
 * unless told, an IPv6 address in brackets. `*` stands for any host and port.
 * An empty text allows none.
 * @param isPrivateAllowed Whether an address that is not public will do for all
 * of them. Without it, it does for an IP address or `localhost` that is named.
 * @returns The hosts; `undefined` for any other text.
 */
export function readAllowedHosts(
  text: string,
  isPrivateAllowed: boolean,
): AllowedHosts | undefined {
  if (text.trim() === "") return { isAny: false, named: [], isPrivateAllowed };
  const entries = text.split(",").map((entry) => entry.trim());
  const named = entries.filter((entry) => entry !== "*").map(readHost);
  if (!named.every((host) => host !== undefined)) return undefined;
  return {
    isAny: entries.includes("*"),
    named: [...new Set(named)],
    isPrivateAllowed,
  };
}

/**
 * Reads a URL that webhooks are to be sent to.
 *
 * @param text The URL: `https:`, or `http:` for this machine itself.
 * @param hosts The hosts that are allowed.
 * @throws {TargetError} If webhooks cannot be sent there, or may not. The
 * message shows no more of the URL than its scheme and host.
 */
export function readTarget(text: string, hosts: AllowedHosts): Target {
  const url = text.length > LONGEST_URL ? null : URL.parse(text);
  if (!url?.hostname) {
    throw new TargetError(
      "Cannot send webhooks there: it must be a URL such as " +
        `https://example.com/webhooks, of at most ${LONGEST_URL} characters; ` +
        `it has ${text.length}`,
    );
  }
  const shown = `${url.protocol}//${url.host}`;
  const refuse = (reason: string) =>
    new TargetError(`Cannot send webhooks to '${shown}': ${reason}`);
  if (url.username || url.password || url.hash) {
    throw refuse("the URL must have no user name, password or fragment");
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isSecure = url.protocol === "https:";
  if (!isSecure && !(url.protocol === "http:" && isLoopback(hostname))) {
    throw refuse(
      "it must be an https: URL, or http: for this machine itself, such as " +
        "http://localhost:8080",
    );
  }
  const port = Number(url.port || (isSecure ? 443 : 80));
  const host = formatAddress({ hostname, port });
  const isNamed = hosts.named.includes(host);
  if (port === 0 || !(hosts.isAny || isNamed)) {
    throw refuse(`the daemon's --webhook-hosts must name '${host}'`);
  }
  const isAddress = isIP(hostname) !== 0;
  const isPrivateAllowed = hosts.isPrivateAllowed ||
    isNamed && (isAddress || hostname === "localhost");
  if (
    !isPrivateAllowed &&
    (isLoopback(hostname) || isAddress && !isPublicAddress(hostname))
  ) {
    throw refuse(
      `its address is not a public one; the daemon's --webhook-hosts must ` +
        `name '${host}', or --webhook-allow-private be set`,
    );
  }
  return {
    url: url.href,
    isSecure,
    hostname,
    port,
    path: url.pathname + url.search,
    isPrivateAllowed,
  };
}

/** A host of the list, as a URL has it: in lower case, its port always told. */
function readHost(entry: string): string | undefined {
  const [, host, port = "443"] =
    /^(\[[\da-f:.]+\]|[^\s:/?#@*\\[\]]+)(?::(\d{1,5}))?$/i.exec(entry) ?? [];
  const hostname = host && URL.parse(`https://${host}`)?.hostname;
  if (!hostname || Number(port) < 1 || Number(port) > 65535) return undefined;
  return `${hostname}:${Number(port)}`;
}
