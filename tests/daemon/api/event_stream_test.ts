import { assert, assertEquals } from "@std/assert";
import { until } from "../../sandbox/testing.ts";
import { type ApiSetup, apiTest } from "./testing.ts";

/** More than the buffers between two sockets hold, in events. */
const MANY = 20_000;

/** Watches many orders, with labels of as many bytes as there can be. */
async function watchMany({ json }: ApiSetup): Promise<void> {
  const label = "\u{1F4DE}".repeat(200);
  for (let first = 1; first <= MANY; first += 10_000) {
    const orders = Array.from(
      { length: 10_000 },
      (_, index) => ({ id: String(first + index), label }),
    );
    await json("POST", "/v1/orders", { body: { orders } });
  }
}

/** All that comes on a connection until it ends. */
async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024 * 1024);
  let text = "";
  for (let length; (length = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return text;
}

apiTest("a reader who takes nothing is dropped", async (setup) => {
  const { clock, core, follow, url } = setup;
  const { hostname, port } = new URL(url);
  using stuck = await Deno.connect({ hostname, port: Number(port) });
  await stuck.write(new TextEncoder().encode(
    `GET /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`,
  ));
  await until(() => core.feed.waiting === 1);
  const pending = clock.pending;
  await watchMany(setup);
  // It waits for no event any more, but to be rid of those it has.
  const other = await follow({ headers: { "Last-Event-ID": String(MANY) } });
  await until(() => core.feed.waiting === 1);
  assertEquals(clock.pending, pending + 1);
  await clock.advance(9_999);
  assertEquals(clock.pending, pending + 1);
  await clock.advance(1);
  assertEquals(clock.pending, pending);

  const text = await readAll(stuck);
  const sequences = [...text.matchAll(/^id: (\d+)\nevent:/gm)]
    .map(([, sequence]) => Number(sequence));
  assert(sequences.length < MANY, `${sequences.length} were sent`);
  assertEquals(sequences.at(-1), sequences.length);

  // It can come again, and goes on from where it was.
  const again = await follow({
    headers: { "Last-Event-ID": String(sequences.length) },
  });
  const rest = await again.take(MANY - sequences.length);
  assertEquals(rest[0]?.data.sequence, sequences.length + 1);
  assertEquals(rest.at(-1)?.data.sequence, MANY);
  await again.close();
  await other.close();
}, { isPolling: false });

apiTest("a slow reader misses nothing", async (setup) => {
  const { clock, follow } = setup;
  const reader = await follow();
  await watchMany(setup);
  for (let next = 1; next <= MANY; next += 1_000) {
    await clock.advance(2_000);
    const messages = await reader.take(1_000);
    assertEquals(messages[0]?.data.sequence, next);
    assertEquals(messages.at(-1)?.data.sequence, next + 999);
  }
  await reader.close();
}, { isPolling: false });

apiTest("a reader who is stuck holds nobody up", async (setup) => {
  const { core, follow, url } = setup;
  const { hostname, port } = new URL(url);
  using stuck = await Deno.connect({ hostname, port: Number(port) });
  await stuck.write(new TextEncoder().encode(
    `GET /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`,
  ));
  await until(() => core.feed.waiting === 1);
  const readers = await Promise.all(Array.from({ length: 5 }, () => follow()));
  await watchMany(setup);
  for (const reader of readers) {
    const messages = await reader.take(MANY);
    assertEquals(messages.at(-1)?.data.sequence, MANY);
    await reader.close();
  }
}, { isPolling: false });
