import { assertEquals } from "@std/assert";
import { test } from "../../client/testing.ts";
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
  while (proxy.ended === 0) await new Promise((resolve) => setTimeout(resolve));
  proxy.heal();
});
