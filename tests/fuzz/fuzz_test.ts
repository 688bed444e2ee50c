import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { fuzz } from "./supervise.ts";

/** How many documents are tried. */
const DOCUMENTS = 20_000;

Deno.test("hostile answers are read as another parser reads them, or refused", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tally = await fuzz(seed, DOCUMENTS);
  assertEquals(tally.documents, DOCUMENTS);
  // Otherwise nothing much would have been compared.
  const seen = `${JSON.stringify(tally)} of seed ${seed}`;
  assertGreaterOrEqual(tally.accepted / DOCUMENTS, 0.07, seen);
  assertGreaterOrEqual(tally.refused / DOCUMENTS, 0.3, seen);
  assertGreaterOrEqual(tally.behaviours, 200, seen);
});
