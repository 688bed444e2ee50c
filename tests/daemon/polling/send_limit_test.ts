import { assertGreaterOrEqual } from "@std/assert";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { buildCore } from "../../../daemon/core.ts";
import { Log } from "../../../daemon/log/log.ts";
import {
  THIS_MACHINE,
  trustAuthority,
} from "../../helpers/client/certificates.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { until } from "../../sandbox/testing.ts";
import { Disk, ModelStore } from "../../helpers/store/model_store.ts";
import { settle } from "../../helpers/polling/tracker_setup.ts";

/** A CallFire to which connections stand only once they are let through. */
async function startSlowServer() {
  const waiting: (() => void)[] = [];
  const open = new Set<Socket>();
  let isHeld = true;
  let requests = 0;
  const serve = (connection: Socket) => {
    const socket = new TLSSocket(connection, {
      isServer: true,
      ...THIS_MACHINE,
    });
    socket.on("error", () => {});
    socket.on("data", () => {
      requests++;
      socket.write("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n");
    });
  };
  const server = createServer((connection) => {
    open.add(connection);
    connection.on("error", () => {});
    if (isHeld) waiting.push(() => serve(connection));
    else serve(connection);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get waiting() {
      return waiting.length;
    },
    letThrough() {
      isHeld = false;
      waiting.splice(0).forEach((serve) => serve());
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of open) connection.destroy();
      await closed;
    },
  };
}

test("the account's limit counts requests when they are sent", async () => {
  using _trust = trustAuthority();
  await using server = await startSlowServer();
  const clock = new TestClock();
  const store = new ModelStore(new Disk(), clock, () => Promise.resolve());
  const core = buildCore({
    config: {
      login: "login",
      password: "password",
      baseUrl: server.url,
      expireAfter: 86_400_000,
      maxRequestsPerSecond: 5,
    },
    clock,
    store,
    log: new Log({ format: "text", write: () => {}, date: () => clock.date() }),
  });
  await core.tracker.watch(
    Array.from(
      { length: 20 },
      (_, id) => ({ id: String(id + 1), label: null }),
    ),
  );
  await core.start();
  // They are begun one after the other, as the limit allows, and all of them
  // still connect.
  while (core.tracker.inFlight < 5) await clock.advance(10);
  await until(() => server.waiting === 5);
  // So all of them are sent within a moment.
  server.letThrough();
  const sentAt = clock.now();
  await until(() => server.requests === 5);
  // A request may be seen late, but never early.
  while (server.requests === 5) {
    await clock.advance(1);
    await settle();
  }
  assertGreaterOrEqual(clock.now() - sentAt, 1_020);
  await core.stop(0);
  await store.close();
});
