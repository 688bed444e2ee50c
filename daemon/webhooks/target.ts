/**
 * Where a webhook is sent to: whether a URL is one that the daemon's settings
 * allow.
 *
 * @module
 */

import { isIP } from "node:net";
import { formatAddress, isLoopback } from "../config/listen_address.ts";
import { isPublicAddress } from "./address.ts";
import type { AllowedHosts } from "./allowed_hosts.ts";

/** The longest URL, in characters, also as it is written in full. */
const MAX_URL_LENGTH = 2048;

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
 * Reads a URL that webhooks are to be sent to.
 *
 * @param text The URL: `https:`, or `http:` for this machine itself.
 * @param hosts The hosts that are allowed.
 * @throws {TargetError} If webhooks cannot be sent there, or may not. The
 * message shows no more of the URL than its scheme and host.
 */
export function parseTarget(text: string, hosts: AllowedHosts): Target {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  // What escapes others makes it longer, and that is what is stored.
  const length = url?.href.length ?? text.length;
  if (!url?.hostname || length > MAX_URL_LENGTH) {
    throw new TargetError(
      "Cannot send webhooks there: it must be a URL such as " +
        `https://example.com/webhooks, of at most ${MAX_URL_LENGTH} characters ` +
        `when written in full; it has ${length}`,
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
  if (port === 0) throw refuse("its port must be from 1 to 65535");
  const host = formatAddress({ hostname, port });
  const isNamed = hosts.named.includes(host);
  if (!hosts.isAny && !isNamed) {
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
