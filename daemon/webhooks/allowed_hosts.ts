/**
 * The hosts that webhooks may be sent to, as the daemon's settings name them.
 *
 * @module
 */

/** The hosts that webhooks may be sent to. */
export interface AllowedHosts {
  /** Whether any host will do, not only those that are named. */
  readonly isAny: boolean;
  /** Those that are named: `HOST:PORT`, as permissions name them. */
  readonly named: readonly string[];
  /** Whether an address that is not public will do for all of them. */
  readonly isPrivateAllowed: boolean;
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
export function parseAllowedHosts(
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
 * What a host may be of which Deno can be given permission, as a URL has it: an
 * IPv6 address, or labels with a full stop between them. An IPv4 address looks
 * like a name.
 */
const PERMITTED = /^(?:\[[\da-f:]+\]|[\w-]{1,63}(?:\.[\w-]{1,63})*\.?)$/;

/** A host of the list, as a URL has it: in lower case, its port always told. */
function readHost(entry: string): string | undefined {
  const [, host, port = "443"] =
    /^(\[[\da-f:.]+\]|[^\s:/?#@*\\[\]]+)(?::(\d{1,5}))?$/i.exec(entry) ?? [];
  const hostname = host && URL.parse(`https://${host}`)?.hostname;
  if (!hostname || !PERMITTED.test(hostname)) return undefined;
  if (Number(port) < 1 || Number(port) > 65535) return undefined;
  return `${hostname}:${Number(port)}`;
}
