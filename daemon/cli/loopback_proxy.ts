/**
 * Keeps requests to this machine from going through a proxy.
 *
 * @module
 */

/** The hosts that are this machine, as NO_PROXY has them. */
const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/** The variables that name hosts for which no proxy is used; the first counts. */
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
  // Without the permission it goes by the environment as it is.
  if (!isPermitted) return;
  const hosts = VARIABLES.map((name) => Deno.env.get(name)).find(Boolean);
  Deno.env.set("NO_PROXY", [hosts ?? [], LOOPBACK].flat().join(","));
}
