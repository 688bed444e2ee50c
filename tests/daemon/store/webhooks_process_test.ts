import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { openSqliteStore } from "../../../daemon/store/sqlite/sqlite_store.ts";
import { seededRandom } from "../../helpers/client/random.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { TemporaryFolder } from "../../helpers/store/sqlite_place.ts";
import { StoreProcess } from "../../helpers/store/store_process.ts";

/** How often the program is killed at any moment. */
const KILLS = 12;

/** What a receiver took, in order. */
interface Taken {
  sequence: number;
  id: string;
}

/** Lets the program deliver what is left, and end. */
async function drain(folder: string, file: string): Promise<string[]> {
  await using last = StoreProcess.start(folder, file, "drain");
  await last.ended();
  return last.lines;
}

/** What the lines of the program say that was taken. */
function takenOf(lines: readonly string[]): Taken[] {
  return lines.flatMap((line) => {
    const [, sequence, id] = /^took (\d+) (\d+)$/.exec(line) ?? [];
    return id ? [{ sequence: Number(sequence), id }] : [];
  });
}

/**
 * Makes sure that all that happened since the registration was taken, in order
 * by orders; answers how much that was.
 */
async function checkTaken(file: string, taken: readonly Taken[]) {
  const store = openSqliteStore(file, new TestClock());
  const events = await store.eventsAfter(0, 1e6);
  const [endpoint] = await store.webhooks.loadEndpoints();
  await store.close();
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
  return events.length;
}

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
  lines.push(...await drain(folder.path, file));
  assertEquals(lines[0], "registered 0");
  const taken = takenOf(lines);
  const events = await checkTaken(file, taken);
  assertGreaterOrEqual(events, 100);
  console.log(`${KILLS} kills, ${events} events, ${taken.length} deliveries`);
});

test("whatever step of a delivery a kill comes before, nothing is lost", async () => {
  const halted = new Set<string>();
  for (let step = 1;; step++) {
    await using folder = new TemporaryFolder();
    const file = `${folder.path}/orders.db`;
    await using child = StoreProcess.start(folder.path, file, `halt ${step}`);
    const haltOf = () => child.lines.find((line) => line.startsWith("halts"));
    await child.printed(() => haltOf() !== undefined);
    const halt = haltOf();
    await child[Symbol.asyncDispose]();
    if (halt) halted.add(halt.split(": ")[1]!);
    const taken = takenOf([...child.lines, ...await drain(folder.path, file)]);
    await checkTaken(file, taken);
    // It has ended by itself: there are no more steps.
    if (!halt) {
      assertEquals(new Set(taken.map(({ sequence }) => sequence)).size, 6);
      break;
    }
  }
  assertEquals(
    [...halted].toSorted(),
    [
      "addEndpoint",
      "a message is sent",
      "it is answered",
      "its answer is known",
      "lastSequence",
      "loadEndpoints",
      "owed",
      "pageEndpoints",
      "saveProgress",
      "what follows addEndpoint",
      "what follows lastSequence",
      "what follows loadEndpoints",
      "what follows owed",
      "what follows pageEndpoints",
      "what follows saveProgress",
      "what was stored is told",
    ].toSorted(),
  );
});
