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
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, ipv6, name, port] =
    /^(?:\[([\da-f:.]+)\]|([a-z\d.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const hostname = ipv6 ?? name;
  if (hostname === undefined || Number(port) > 65535) return undefined;
  const address = { hostname, port: Number(port) };
  // Numbers that are no IP address, such as 127.0.0.256, are no name either.
  return URL.canParse(`http://${formatAddress(address)}`) ? address : undefined;
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

/**
 * The hosts that requests of this machine to a loopback address may be for.
 *
 * @param listen The address that is listened on.
 * @returns The hosts, as they stand in a URL.
 */
export function loopbackHosts(listen: ListenAddress): string[] {
  const own = new URL(`http://${formatAddress(listen)}`).hostname;
  return [...new Set(["localhost", "127.0.0.1", "[::1]", own])];
}

/**
 * Describes why an address cannot be listened on.
 *
 * @param address The address.
 * @param cause What the system said.
 * @returns An error that says what to do.
 */
export function listenError(address: ListenAddress, cause: unknown): Error {
  const show = (reason: string) =>
    new Error(
      `Cannot listen on '${formatAddress(address)}': ${reason} with --listen`,
      { cause },
    );
  if (cause instanceof Deno.errors.AddrInUse) {
    return show(
      "it is in use; stop what listens there, or choose another address",
    );
  }
  if (cause instanceof Deno.errors.AddrNotAvailable) {
    return show("this machine does not have that address; choose another one");
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return show("this user may not use that port; choose one from 1024 on");
  }
  const { message } = cause instanceof Error ? cause : { message: `${cause}` };
  return show(`${message}; choose another address`);
}
