import { assertEquals, assertNotEquals } from "@std/assert";
import { MUTATIONS } from "./mutations.ts";
import { plant } from "./pattern.ts";

Deno.test("every bug can still be planted", async () => {
  const problems: string[] = [];
  for (const mutation of MUTATIONS) {
    const { check, file, name } = mutation;
    try {
      const text = await Deno.readTextFile(file);
      assertNotEquals(plant(text, mutation), text, "it changes nothing");
      if (check.startsWith("tests/")) await Deno.stat(check);
    } catch (error) {
      problems.push(`${name}: ${file}, ${check}: ${(error as Error).message}`);
    }
  }
  assertEquals(problems, []);
});

Deno.test("no two bugs bear one name", () => {
  const names = MUTATIONS.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
});
