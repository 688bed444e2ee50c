import { assertGreaterOrEqual } from "@std/assert";
import { checkMutations } from "./agreement.ts";

/** How many damaged documents are tried. */
const DOCUMENTS = 20_000;

/** The seed that the environment asks for, or a new one. */
function readSeed(): number {
  const variable = "MUTATION_SEED";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  const seed = state === "granted" ? Deno.env.get(variable) : undefined;
  return seed ? Number(seed) : Math.floor(Math.random() * 2 ** 31);
}

Deno.test("what the gate passes is well formed for saxes, and read alike", () => {
  const seed = readSeed();
  const { documents, passed, read } = checkMutations(seed, DOCUMENTS);
  // Otherwise nothing much would have been compared.
  const seen = `of MUTATION_SEED=${seed}`;
  assertGreaterOrEqual(passed / documents, 0.03, `${passed} passed ${seen}`);
  assertGreaterOrEqual(read / documents, 0.02, `${read} were read ${seen}`);
});
