/**
 * A proxy in front of a daemon that holds each response until its end.
 *
 * @module
 */

/** A running proxy. */
export interface BufferingProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Whether it holds responses; by default it does. */
  isBuffering: boolean;
}

/**
 * Starts a proxy.
 *
 * @param target The URL of the daemon.
 */
export function startBufferingProxy(target: string): BufferingProxy {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { method, signal } = request;
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      // Of the same origin for the daemon too.
      headers.delete("origin");
      try {
        const response = await fetch(target + pathname + search, {
          method,
          headers,
          body: request.body,
          signal,
        });
        const hasBody = response.status !== 204 && response.status !== 304;
        const body = proxy.isBuffering && hasBody
          ? await response.arrayBuffer()
          : response.body;
        return new Response(body, response);
      } catch {
        return new Response(null, { status: 502 });
      }
    },
  );
  const proxy: BufferingProxy = {
    url: `http://127.0.0.1:${server.addr.port}`,
    isBuffering: true,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return proxy;
}
