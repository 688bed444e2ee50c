import { assert, assertEquals } from "@std/assert";
import { canReadAnswers, SelfTest } from "../../daemon/self_test.ts";

Deno.test("canReadAnswers() is true in a process that is well", async () => {
  assert(await canReadAnswers());
});

Deno.test("SelfTest tests after a malformed answer, seldom, and tells", async () => {
  let now = 0;
  let tests = 0;
  let isFine = true;
  const selfTest = new SelfTest(() => now, () => {
    tests++;
    return Promise.resolve(isFine);
  });
  selfTest.polled("ok");
  selfTest.polled("network");
  assertEquals(tests, 0);
  selfTest.polled("malformed");
  now = 9_999;
  selfTest.polled("malformed");
  assertEquals(tests, 1);
  now = 10_000;
  isFine = false;
  selfTest.polled("malformed");
  assertEquals(tests, 2);
  assertEquals(
    await selfTest.failed,
    "no answer can be read any more in this process",
  );
});
