import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { gunzipSync } from "node:zlib";
import type { Fault } from "./faults.ts";
import {
  ask,
  askRaw,
  element,
  order,
  sandboxTest,
  until,
  withSingleUse,
} from "./testing.ts";

sandboxTest("none: late, but right", async ({ faults, ...sandbox }) => {
  const id = sandbox.orders.place({});
  faults.add({ kind: "none", delay: 1 });
  const response = await ask({ faults, ...sandbox }, id);
  assertEquals(element(await response.text(), "Status"), "NEW");
  assertEquals(faults.list(), []);
});

sandboxTest("status: an exception, before any login", async (sandbox) => {
  sandbox.faults.add({ kind: "status", status: 429, retryAfter: "soon" });
  const headers = { authorization: "" };
  const response = await ask(sandbox, "1", { headers });
  assertEquals(response.status, 429);
  assertEquals(response.headers.get("retry-after"), "soon");
  const xml = await response.text();
  assertEquals(element(xml, "r:HttpStatus"), "429");
  assertEquals(element(xml, "r:Message"), "Too Many Requests");
});

sandboxTest("status: its own message and body", async (sandbox) => {
  sandbox.faults.add({ kind: "status", status: 500, message: "<no>" });
  const first = await ask(sandbox, "1");
  assertEquals(element(await first.text(), "r:Message"), "&lt;no&gt;");
  const html = { body: "<html>", contentType: "text/html" };
  sandbox.faults.add({ kind: "status", status: 502, ...html });
  const second = await ask(sandbox, "1");
  assertEquals(second.headers.get("content-type"), "text/html");
  assertEquals(await second.text(), "<html>");
  sandbox.faults.add({ kind: "status", status: 204 });
  const third = await ask(sandbox, "1");
  assertEquals([third.status, await third.text()], [204, ""]);
});

sandboxTest("cut: the first bytes, then nothing", async (sandbox) => {
  const id = sandbox.orders.place({});
  const whole = await (await ask(sandbox, id)).text();
  for (const at of [0, 1, 100, whole.length - 1]) {
    sandbox.faults.add({ kind: "cut", at, count: 2 });
    const { head, body } = await askRaw(sandbox, id);
    assertStringIncludes(head, `content-length: ${whole.length}`);
    assertEquals(new TextDecoder().decode(body), whole.slice(0, at));
    const response = await ask(sandbox, id);
    assertEquals(response.status, 200);
    await assertRejects(() => response.text(), TypeError);
  }
});

sandboxTest("reset: no answer at all", async (sandbox) => {
  sandbox.faults.add({ kind: "reset", count: 2 });
  const { head, error } = await askRaw(sandbox, "1");
  assertEquals(head, "");
  assertInstanceOf(error, Deno.errors.ConnectionReset);
  await withSingleUse(async (client) => {
    await assertRejects(() => ask(sandbox, "1", { client }), TypeError);
  });
  const entries = sandbox.requests.entries();
  assertEquals(entries.map(({ status }) => status), [null, null]);
});

sandboxTest("drip: byte by byte", async (sandbox) => {
  const id = sandbox.orders.place({});
  const whole = await (await ask(sandbox, id)).text();
  sandbox.faults.add({ kind: "drip", interval: 0 });
  assertEquals(await (await ask(sandbox, id)).text(), whole);
  sandbox.faults.add({ kind: "drip", interval: 1e9 });
  const response = await ask(sandbox, id);
  const length = response.headers.get("content-length");
  assertEquals(length, String(whole.length));
  await response.body?.cancel();
});

sandboxTest("body: anything instead of an order", async (sandbox) => {
  sandbox.faults.add({ kind: "body", body: "<html>", status: 502 });
  const first = await ask(sandbox, "1");
  assertEquals([first.status, await first.text()], [502, "<html>"]);
  sandbox.faults.add({ kind: "body", base64: "//4A", contentType: "a/b" });
  const second = await ask(sandbox, "1");
  assertEquals(second.headers.get("content-type"), "a/b");
  assertEquals([...await second.bytes()], [0xff, 0xfe, 0]);
});

sandboxTest("redirect: elsewhere", async (sandbox) => {
  const location = "http://127.0.0.1:9/";
  sandbox.faults.add({ kind: "redirect", location });
  const response = await ask(sandbox, "1");
  assertEquals(response.status, 302);
  assertEquals(response.headers.get("location"), location);
  await response.body?.cancel();
  sandbox.faults.add({ kind: "redirect", location: "/x", status: 307 });
  const other = await ask(sandbox, "1");
  assertEquals([other.status, await other.text()], [307, ""]);
});

sandboxTest("bomb: small on the wire, huge once inflated", async (sandbox) => {
  sandbox.faults.add({ kind: "bomb", bytes: 1_000_000, count: 2 });
  const { head, body } = await askRaw(sandbox, "1");
  assertStringIncludes(head, "content-encoding: gzip");
  assertLess(body.length, 20_000);
  const response = await ask(sandbox, "1");
  assertEquals((await response.bytes()).length, 1_000_000);
  sandbox.faults.add({ kind: "bomb" });
  await readSome(await ask(sandbox, "1"), 10_000_000);
  await until(() => sandbox.requests.entries().every((e) => e.answeredAt));
});

sandboxTest("endless: more and more", async (sandbox) => {
  sandbox.faults.add({ kind: "endless" });
  await readSome(await ask(sandbox, "1"), 10_000_000);
  await until(() => sandbox.connections() === 0);
});

sandboxTest("gzip: right, but compressed", async (sandbox) => {
  const id = sandbox.orders.place({});
  const whole = await (await ask(sandbox, id)).text();
  sandbox.faults.add({ kind: "gzip", count: 2 });
  assertEquals(await (await ask(sandbox, id)).text(), whole);
  const { head, body } = await askRaw(sandbox, id);
  assertStringIncludes(head, "content-encoding: gzip");
  assertEquals(gunzipSync(body).toString(), whole);
});

sandboxTest("hang: never, until the client goes away", async (sandbox) => {
  for (const fault of [{ kind: "hang" }, { kind: "none", delay: 1e9 }]) {
    sandbox.faults.add(fault as Fault);
    sandbox.requests.clear();
    const controller = new AbortController();
    const { signal } = controller;
    const asked = assertRejects(() => ask(sandbox, "1", { signal }));
    await until(() => sandbox.requests.count === 1);
    assertEquals(sandbox.requests.entries()[0]?.answeredAt, null);
    controller.abort();
    await asked;
    await until(() => sandbox.requests.entries()[0]?.answeredAt !== null);
    assertEquals(sandbox.requests.entries()[0]?.status, null);
    await until(() => sandbox.connections() === 0);
  }
});

sandboxTest("the first fault that fits is used", async (sandbox) => {
  const { faults } = sandbox;
  const one = sandbox.orders.place({});
  const other = sandbox.orders.place({});
  faults.add({ kind: "status", status: 501, order: one, count: 2 });
  faults.add({ kind: "status", status: 502 });
  faults.add({ kind: "status", status: 503 });
  const seen: number[] = [];
  for (const id of [one, other, one, one, one, other]) {
    const response = await ask(sandbox, id);
    await response.body?.cancel();
    seen.push(response.status);
  }
  assertEquals(seen, [501, 502, 501, 503, 200, 200]);
  faults.add({ kind: "hang", count: 3 });
  faults.add({ kind: "reset", order: one });
  faults.take(other);
  assertEquals(faults.list(), [
    { kind: "hang", count: 2 },
    { kind: "reset", order: one, count: 1 },
  ]);
  faults.clear();
  assertEquals(faults.list(), []);
  // A HEAD request is none for an order, so it leaves the faults alone.
  faults.add({ kind: "reset" });
  assertEquals((await ask(sandbox, one, { method: "HEAD" })).status, 200);
});

sandboxTest("an order is placed unless a fault says not", async (sandbox) => {
  const form = { LocalCount: "1" };
  sandbox.faults.add({ kind: "status", status: 503, order: "1" });
  sandbox.faults.add({ kind: "status", status: 500 });
  const refused = await order(sandbox, form);
  await refused.body?.cancel();
  assertEquals([refused.status, sandbox.orders.size], [500, 0]);
  sandbox.faults.add({ kind: "reset" });
  await withSingleUse(async (client) => {
    await assertRejects(() => order(sandbox, form, { client }), TypeError);
  });
  assertEquals(sandbox.orders.size, 0);
  // Placed, but the client cannot know: this is how orders get doubled.
  sandbox.faults.add({ kind: "cut", at: 0 });
  const cut = await order(sandbox, form);
  await assertRejects(() => cut.text(), TypeError);
  assertEquals([cut.status, sandbox.orders.size], [201, 1]);
  const placed = await order(sandbox, form);
  assert(placed.ok);
  assertEquals(element(await placed.text(), "r:Id"), "1642251004");
  assertEquals(sandbox.faults.list().length, 1);
});

async function readSome(response: Response, least: number): Promise<void> {
  let read = 0;
  for await (const chunk of response.body ?? []) {
    read += chunk.length;
    if (read >= least) break;
  }
  assertGreaterOrEqual(read, least);
}
