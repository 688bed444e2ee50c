/**
 * Connections to PostgreSQL made ready, and encrypted as is told.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { connect } from "node:tls";
import type { PostgresAddress } from "./address.ts";

/** Asks a server whether it encrypts. */
const REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** What a server says that does. */
const YES = "S".charCodeAt(0);

/** What was thrown when a server does not encrypt, and has to. */
export class NoEncryptionError extends Error {
  /** Always `NoEncryptionError`. */
  override readonly name = "NoEncryptionError";
}

/**
 * Waits until a socket is connected, and encrypts what it carries if that is
 * wanted and the server can.
 *
 * @param socket The socket, which connects.
 * @param address Where to, and how.
 * @returns The socket to speak through.
 * @throws {NoEncryptionError} If the server does not, and has to.
 */
export async function negotiateTls(
  socket: Socket,
  { host, sslMode }: PostgresAddress,
): Promise<Socket> {
  await once(socket, "connect");
  socket.setNoDelay(true);
  if (sslMode === "disable") return socket;
  socket.write(REQUEST);
  const said = await once<Buffer>(socket, "data");
  if (said[0] !== YES) {
    if (sslMode === "prefer") return socket;
    throw new NoEncryptionError("the server does not encrypt");
  }
  const encrypted = connect({
    socket,
    host,
    // A name is shown to the server, an address must not be.
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: sslMode === "verify-full",
  });
  // Whoever waits is told by the promise, and later by the driver.
  const failed = Promise.withResolvers<never>();
  encrypted.on("error", (error) => failed.reject(error));
  encrypted.once("close", () => socket.destroy());
  failed.promise.catch(() => {});
  await Promise.race([once(encrypted, "secureConnect"), failed.promise]);
  return encrypted;
}

function once<T>(socket: Socket, event: string): Promise<T> {
  return new Promise((resolve) => socket.once(event, resolve));
}
