/**
 * A server that says exactly what a test wants, whatever HTTP makes of it.
 *
 * @module
 */

/** One exchange, from the server's side. */
export interface RawExchange {
  /** The request, up to the empty line that ends its headers. */
  request: string;
  /** Sends text or bytes; rejects once the other side has gone away. */
  say(words: string | Uint8Array): Promise<void>;
}

/** A running server. */
export interface RawServer extends AsyncDisposable {
  /** Where it is, such as `http://127.0.0.1:9838`. */
  readonly url: string;
  /** The requests that came. */
  readonly requests: string[];
  /** How many connections are open. */
  connections(): number;
}

/**
 * Starts a server that serves one request on each connection.
 *
 * @param answer Answers; when it is done the connection closes.
 */
export function startRawServer(
  answer: (exchange: RawExchange) => Promise<void>,
): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Map<Deno.Conn, Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      const serving = serve(connection)
        // It fails when the other side goes away, which is what it is for.
        .catch(() => {})
        .finally(() => close(connection));
      open.set(connection, serving);
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    connections: () => open.size,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      const serving = [...open.values()];
      for (const connection of open.keys()) close(connection);
      await Promise.all(serving);
    },
  };

  async function serve(connection: Deno.Conn): Promise<void> {
    const request = await readHead(connection);
    requests.push(request);
    const say = (words: string | Uint8Array) => write(connection, words);
    const gone = connection.read(new Uint8Array(1)).then(() => {});
    await Promise.race([answer({ request, say }), gone]);
  }

  function close(connection: Deno.Conn): void {
    if (open.delete(connection)) connection.close();
  }
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("the request broke off");
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return head;
}

async function write(
  connection: Deno.Conn,
  words: string | Uint8Array,
): Promise<void> {
  const bytes = typeof words === "string"
    ? new TextEncoder().encode(words)
    : words;
  for (let sent = 0; sent < bytes.length;) {
    sent += await connection.write(bytes.subarray(sent));
  }
}
