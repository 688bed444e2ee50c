/**
 * Writes a text to each of its connections when one of them sends a byte, and
 * `open` as soon as it has one. Its argument is the text. Prints its port, runs
 * until it is killed.
 *
 * @module
 */

import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

const text = new TextEncoder().encode(Deno.args[0]);
const sockets = new Set<Socket>();

const server = createServer((socket) => {
  sockets.add(socket);
  socket.write("open");
  socket.on("close", () => sockets.delete(socket));
  socket.on("data", () => sockets.forEach((one) => one.write(text)));
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 1000 }, () => {
  console.log((server.address() as AddressInfo).port);
});
