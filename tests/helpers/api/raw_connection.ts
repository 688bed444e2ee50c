/**
 * A connection to the API past `fetch`, which sends and reads as it wants.
 *
 * @module
 */

/** A connection that sends just what a test wants. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /**
   * Connects and sends a request up to the end of its headers.
   *
   * @param url Where the API is.
   * @param head The first line and the headers, of which `Host` may be absent.
   */
  static async request(url: string, ...head: string[]): Promise<RawConnection> {
    const { host, hostname, port } = new URL(url);
    const connection = new RawConnection(
      await Deno.connect({ hostname, port: Number(port) }),
    );
    if (!head.some((line) => line.startsWith("Host:"))) {
      head.push(`Host: ${host}`);
    }
    await connection.write(`${head.join("\r\n")}\r\n\r\n`);
    return connection;
  }

  /** Sends more. */
  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** Reads what has come, or comes next. */
  async read(): Promise<string> {
    const buffer = new Uint8Array(64 * 1024);
    const length = await this.#connection.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, length));
  }

  /** Reads until the other side closes. */
  async readAll(): Promise<string> {
    const decoder = new TextDecoderStream();
    let text = "";
    for await (const part of this.#connection.readable.pipeThrough(decoder)) {
      text += part;
    }
    return text;
  }

  /** Goes away. */
  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      // Whatever has been read to its end is closed.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
