/**
 * A network between a program and a server, which can be cut or swallow all.
 *
 * @module
 */

/**
 * Is called with what is sent; what it returns `true` for is dropped, and what
 * it promises a result for is held back until then.
 */
type Filter = (bytes: Uint8Array) => boolean | void | Promise<boolean | void>;

/** What becomes of what is sent. */
type Passage = "passes" | "swallows" | "refuses";

/** Takes connections and hands them on to a port of this machine. */
export class TcpProxy implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** How many connections it has taken. */
  connections = 0;
  /** How many of them have ended on both sides. */
  ended = 0;
  /** Filters what the client sends. */
  onSent: Filter | undefined;
  /** Filters what the server sends. */
  onReceived: Filter | undefined;
  #passage: Passage = "passes";
  readonly #listener: Deno.TcpListener;
  #target: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];

  /**
   * Begins to take connections.
   *
   * @param target The port that they are handed on to.
   */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept());
  }

  /** Cuts every connection; new ones can be made. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  /** Lets nothing pass any more, and nobody know. */
  swallow(): void {
    this.#passage = "swallows";
  }

  /** Cuts every connection, and new ones at once. */
  refuse(): void {
    this.#passage = "refuses";
    this.cut();
  }

  /** Lets all pass that is sent from now on, on new connections. */
  heal(): void {
    this.cut();
    this.#passage = "passes";
  }

  /** Cuts every connection, and hands new ones on to another port. */
  redirect(target: number): void {
    this.#target = target;
    this.cut();
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#passage = "refuses";
    this.#listener.close();
    this.cut();
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      if (this.#passage === "refuses") {
        close(client);
        continue;
      }
      this.connections++;
      this.#running.push(this.#handOn(client));
    }
  }

  async #handOn(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    const server = await connect(this.#target);
    // The server may be gone, or have gone while it was asked; and what was
    // cut meanwhile is closed already.
    if (!server || !this.#open.has(client)) {
      this.#open.delete(client);
      close(client);
      if (server) close(server);
      return;
    }
    this.#open.add(server);
    client.setNoDelay();
    server.setNoDelay();
    await Promise.all([
      this.#copy(client, server, (bytes) => this.onSent?.(bytes)),
      this.#copy(server, client, (bytes) => this.onReceived?.(bytes)),
    ]);
    this.ended++;
    // What has ended without anybody's being told is still to be cut.
    if (this.#passage === "swallows") return;
    this.#open.delete(client);
    this.#open.delete(server);
  }

  async #copy(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    filter: Filter,
  ): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        let bytes = buffer.subarray(0, count);
        if (this.#passage !== "passes" || await filter(bytes)) continue;
        while (bytes.length > 0) bytes = bytes.subarray(await to.write(bytes));
      }
    } catch {
      // It was cut.
    }
    // A network that swallows all does not tell of an end either.
    if (this.#passage !== "swallows") {
      close(from);
      close(to);
    }
  }
}

/**
 * Connects to a port of this machine; `undefined` if nobody listens there, or
 * whoever listened ended before it had accepted.
 */
async function connect(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (
      error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.ConnectionReset
    ) return undefined;
    throw error;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
