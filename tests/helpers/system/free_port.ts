/**
 * Ports for programs that want to be told one.
 *
 * @module
 */

/** A port that was free a moment ago: one that is chosen is not taken twice. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
