/**
 * Keeps requests to loopback hosts from going through a proxy.
 *
 * @module
 */

/** The loopback hosts, in the syntax of NO_PROXY. */
const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/** The variables that list hosts to reach without a proxy; the first counts. */
const VARIABLES = ["NO_PROXY", "no_proxy"];

/**
 * Adds loopback to NO_PROXY, before the first request: fetch sends requests to
 * loopback hosts, too, to the proxy that HTTP_PROXY names, and has no option
 * against it.
 */
export function keepLoopbackFromProxy(): void {
  const isPermitted = VARIABLES.every((variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted"
  );
  if (!isPermitted) return;
  const hosts = VARIABLES.map((name) => Deno.env.get(name)).find(Boolean);
  Deno.env.set("NO_PROXY", [hosts ?? [], LOOPBACK].flat().join(","));
}
