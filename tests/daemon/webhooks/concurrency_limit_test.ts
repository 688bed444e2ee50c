import { assertEquals } from "@std/assert";
import { ConcurrencyLimit } from "../../../daemon/webhooks/concurrency_limit.ts";
import { reasonOf, test } from "../../helpers/client/testing.ts";

const MOST = 3;

/** Connections that end when they are told to. */
function connections() {
  const limit = new ConcurrencyLimit(MOST);
  const ends: (() => void)[] = [];
  const { signal } = new AbortController();
  return {
    limit,
    ends,
    connect: (host: string, given: AbortSignal = signal) =>
      limit.run(host, given, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        ends.push(resolve);
        return promise;
      }),
  };
}

test("there are so many connections to one host, the next ones in turn", async () => {
  const { connect, ends } = connections();
  const all = Array.from(
    { length: MOST + 2 },
    () => connect("one.example:443"),
  );
  await Promise.resolve();
  assertEquals(ends.length, MOST);
  const other = connect("other.example:443");
  await Promise.resolve();
  assertEquals(ends.length, MOST + 1);
  ends[0]!();
  await all[0];
  all.push(connect("one.example:443"));
  await Promise.resolve();
  assertEquals(ends.length, MOST + 2);
  ends[1]!();
  await all[1];
  ends[2]!();
  await all[2];
  await Promise.resolve();
  assertEquals(ends.length, MOST + 4);
  for (const end of ends) end();
  await Promise.all([...all, other]);
});

test("who is aborted before its turn lets the next one go", async () => {
  const { connect, ends } = connections();
  const first = Array.from(
    { length: MOST },
    () => connect("one.example:443"),
  );
  const controller = new AbortController();
  const aborted = connect("one.example:443", controller.signal);
  const next = connect("one.example:443");
  controller.abort(new Error("stopping"));
  assertEquals((await reasonOf(aborted) as Error).message, "stopping");
  ends[0]!();
  await first[0];
  await Promise.resolve();
  assertEquals(ends.length, MOST + 1);
  for (const end of ends) end();
  await Promise.all([...first, next]);
});

test("what fails is a connection no more", async () => {
  const { limit, connect, ends } = connections();
  const { signal } = new AbortController();
  for (let time = 0; time < 2 * MOST; time++) {
    const failed = limit.run("one.example:443", signal, () => {
      throw new Error("failed");
    });
    assertEquals((await reasonOf(failed) as Error).message, "failed");
  }
  const last = connect("one.example:443");
  await Promise.resolve();
  assertEquals(ends.length, 1);
  ends[0]!();
  await last;
});
