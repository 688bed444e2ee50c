/**
 * Callers who send most of a large body, and then wait.
 *
 * @module
 */

import { RawConnection } from "./raw_connection.ts";

const MEBIBYTE = 1024 * 1024;

/**
 * How much of 10 MiB each of them sends: together just as much as the daemon
 * reads of large bodies at a time. For 5 MiB it has made room for 8.
 */
const SENT = [10, 10, 10, 10, 5].map((size) => size * MEBIBYTE - 20);

/** Bodies that are held until they are disposed of. */
export class HeldBodies implements Disposable {
  readonly #connections: RawConnection[] = [];

  /**
   * Sends bodies until no other one is read.
   *
   * @param url Where the API is.
   */
  static async hold(url: string): Promise<HeldBodies> {
    const held = new HeldBodies();
    for (const size of SENT) {
      const connection = await RawConnection.request(
        url,
        "POST /v1/orders HTTP/1.1",
        "Content-Type: application/json",
        `Content-Length: ${10 * MEBIBYTE}`,
      );
      held.#connections.push(connection);
      await connection.write(" ".repeat(size));
    }
    while (!await isFull(url)) await new Promise((go) => setTimeout(go, 10));
    return held;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections.splice(0)) {
      connection[Symbol.dispose]();
    }
  }
}

async function isFull(url: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/orders`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  await response.body?.cancel();
  return response.status === 503;
}
