import { setImmediate } from "node:timers";
import { assertEquals } from "@std/assert";
import { test } from "../client/testing.ts";
import { TcpProxy } from "./tcp_proxy.ts";

test("what ends while all is swallowed is closed in the end", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using proxy = new TcpProxy(listener.addr.port);
  const client = await Deno.connect({
    hostname: "127.0.0.1",
    port: proxy.port,
  });
  const server = await listener.accept();
  const byte = new Uint8Array([1]);
  await client.write(byte);
  assertEquals(await server.read(new Uint8Array(9)), 1);
  proxy.swallow();
  server.close();
  client.close();
  while (proxy.ended === 0) await turn();
  proxy.heal();
});

for (
  const [what, happens] of [
    ["is cut", (proxy: TcpProxy) => proxy.cut()],
    ["ends", (_: TcpProxy, listener: Deno.TcpListener) => listener.close()],
  ] as const
) {
  test(`a connection whose server ${what} while it is made just ends`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using proxy = new TcpProxy(listener.addr.port);
    using client = await Deno.connect({
      hostname: "127.0.0.1",
      port: proxy.port,
    });
    while (proxy.connections === 0) await turn();
    happens(proxy, listener);
    assertEquals(
      await client.read(new Uint8Array(9)).catch(() => null),
      null,
    );
    if (what === "is cut") listener.close();
  });
}

/**
 * Lets what has arrived be seen to, and no more: after a timer's shortest time
 * a connection of this machine has been made.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
