/**
 * Serves the client's own files over HTTP, as a host does that scripts import
 * it from.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** Just what a script may need: the client, and the demo's script. */
const SERVED =
  /^\/(?:mod\.ts|client\/(?:[a-z_]+\/)?[a-z_]+(?:\.d)?\.ts|tests\/sandbox\/script_demo_script\.ts)$/;

/** A running server of modules. */
export interface ModuleServer extends AsyncDisposable {
  /** Its host and port, as `--allow-import` takes them. */
  readonly host: string;
  /** Where it is, without a slash at its end. */
  readonly url: string;
}

/** Starts it on a free port of this machine. */
export function startModuleServer(): ModuleServer {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const { pathname } = new URL(request.url);
    if (!SERVED.test(pathname)) return new Response(null, { status: 404 });
    const text = await Deno.readTextFile(new URL(`.${pathname}`, ROOT));
    // No media type: a wrong one for .ts makes Deno refuse the module.
    return new Response(text, { headers: { "content-type": "text/plain" } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    url: `http://${host}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
