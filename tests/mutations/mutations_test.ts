import { assertEquals } from "@std/assert";
import { MUTATIONS } from "./mutations.ts";

Deno.test("every bug can still be planted", async () => {
  for (const { bug, code, file, name } of MUTATIONS) {
    const parts = (await Deno.readTextFile(file)).split(code);
    assertEquals(parts.length, 2, `${name}: ${file} has to hold once: ${code}`);
    assertEquals(bug === code, false, `${name} changes nothing`);
  }
});

Deno.test("no two bugs bear one name", () => {
  const names = MUTATIONS.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
});
