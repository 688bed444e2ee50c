/**
 * The address that the daemon listens on.
 *
 * @module
 */

/** A host and a port. */
export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  hostname: string;
  /** From 0, for any free one, to 65535. */
  port: number;
}

/**
 * Reads an address.
 *
 * @param text `HOST:PORT`; an IPv6 address stands in brackets.
 * @returns The address; `undefined` for any other text.
 */
export function readListen(text: string): ListenAddress | undefined {
  const [, ipv6, name, port] =
    /^(?:\[([\da-f:.]+)\]|([a-z\d.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const hostname = ipv6 ?? name;
  if (hostname === undefined || Number(port) > 65535) return undefined;
  return { hostname, port: Number(port) };
}

/**
 * Tells whether an address can be reached from this machine alone.
 *
 * @param hostname A name or an IP address, without brackets.
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(hostname);
}

/**
 * An address as it stands in a URL or a permission.
 *
 * @param address The address.
 * @returns `HOST:PORT`, with an IPv6 address in brackets.
 */
export function formatAddress({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
