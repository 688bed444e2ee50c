import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { openSqliteStore } from "../../../daemon/store/sqlite.ts";
import { seededRandom } from "../../client/random.ts";
import { TestClock } from "../../client/test_clock.ts";
import { test } from "../../client/testing.ts";
import { TemporaryFolder } from "./sqlite_place.ts";
import { StoreProcess } from "./store_process.ts";

/** How often the program is killed. */
const KILLS = 12;

test("what is killed while it delivers delivers everything, in order", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`the seed is ${seed}`);
  const random = seededRandom(seed);
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  const lines: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await using child = StoreProcess.start(folder.path, file, "deliver");
    const enough = 1 + Math.floor(random() * 400);
    await child.printed((printed) => printed.length >= enough);
    await child[Symbol.asyncDispose]();
    lines.push(...child.lines);
  }
  await using last = StoreProcess.start(folder.path, file, "drain");
  await last.ended();
  lines.push(...last.lines);

  const [registered, ...others] = lines;
  assertEquals(registered, "registered 0");
  const taken = others.map((line) => {
    const [, sequence, id] = /^took (\d+) (\d+)$/.exec(line)!;
    return { sequence: Number(sequence), id: id! };
  });
  const store = openSqliteStore(file, new TestClock());
  const events = await store.eventsAfter(0, 1e6);
  const [endpoint] = await store.webhooks.loadEndpoints();
  await store.close();
  assertGreaterOrEqual(events.length, 100);
  assertEquals(endpoint?.cursor, events.length);
  assertEquals(
    new Set(taken.map(({ sequence }) => sequence)),
    new Set(events.map(({ sequence }) => sequence)),
  );
  const known = new Map<string, Set<number>>();
  for (const { id, sequence } of taken) {
    const before = known.get(id) ?? new Set();
    for (const event of events) {
      if (event.sequence >= sequence) break;
      if (event.watch.id !== id) continue;
      assert(before.has(event.sequence), `${sequence} of ${id} came too soon`);
    }
    known.set(id, before.add(sequence));
  }
  console.log(
    `${KILLS} kills, ${events.length} events, ${taken.length} deliveries`,
  );
});
