import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../helpers/client/testing.ts";

const ROOT = new URL("../../", import.meta.url);

test("deno task demo shows the daemon at work, and ends by itself", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo", "--for", "10"],
    cwd: ROOT,
    // A proxy, which nothing on this machine is to be asked through.
    env: { NO_COLOR: "1", HTTP_PROXY: "http://127.0.0.1:9" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  const answered: number[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    const addresses = /(http:\S+)$\n.*API +(http:\S+)\n.*Metrics +(http:\S+)/m
      .exec(output);
    if (!addresses || answered.length > 0) continue;
    for (const address of addresses.slice(1)) {
      const response = await fetch(address);
      await response.body?.cancel();
      answered.push(response.status);
    }
  }
  assertEquals((await child.status).code, 0, output);
  assertEquals(answered, [200, 200, 200], output);
  // Each change is a line, here those of orders that ended in several ways.
  for (const outcome of ["fulfilled", "partial", "unfulfilled", "errored"]) {
    assertMatch(output, new RegExp(`^\\d\\d:.* ${outcome}$`, "m"));
  }
  assertMatch(output, /"settled":\d+/);
  const [, gap] = /as CallFire saw: +(\d+) ms/.exec(output) ?? [];
  assert(Number(gap) >= 1000, output);
  assertMatch(output, /Webhooks +sent to http:\S+, which/);
  const [, delivered] = /were delivered: +(\d+), all verified\n/.exec(output) ??
    [];
  // At the least it was told of the orders that were seen to end.
  const ends = [...output.matchAll(/^\d\d:.* \w+ed$/gm)].length;
  assert(Number(delivered) > ends, output);
  assertMatch(output, /The daemon stopped with code +0\n$/);
});
