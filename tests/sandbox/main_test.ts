import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { sandboxTest } from "./testing.ts";

const MAIN = new URL("./main.ts", import.meta.url).pathname;

function command(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--allow-net=127.0.0.1", MAIN, ...args],
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command line to its end; its output must be a single line. */
async function fail(...args: string[]): Promise<[number, string]> {
  const { code, stderr } = await command(...args).output();
  const line = new TextDecoder().decode(stderr);
  assertMatch(line, /^sandbox: .*\n$/);
  return [code, line];
}

Deno.test("sandbox main: it runs until it is told to stop", async () => {
  const running = command("--listen", "127.0.0.1:0").spawn();
  const reader = running.stdout.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const chunk of reader.values({ preventCancel: true })) {
    text += chunk;
    if (text.includes("/sandbox\n")) break;
  }
  const url = /http:\S+/.exec(text)?.[0] ?? "";
  const response = await fetch(`${url}/sandbox`);
  assertStringIncludes(await response.text(), url);
  running.kill("SIGTERM");
  const { code } = await running.status;
  assertEquals(code, 0);
  await Promise.all([reader.cancel(), running.stderr.cancel()]);
});

Deno.test("sandbox main: what it is told wrongly, it says", async () => {
  const [unknown, message] = await fail("--lisn");
  assertEquals(unknown, 2);
  assertStringIncludes(message, "--lisn");
  assertEquals((await fail("--password", "-x"))[0], 2);
  for (const listen of ["9838", ":1", "127.0.0.1:99999"]) {
    const [code, message] = await fail("--listen", listen);
    assertEquals(code, 2);
    assertStringIncludes(message, `--listen: ${listen} is not like 127.0.0.1`);
  }
});

sandboxTest("main says that its port is in use", async ({ url }) => {
  const [code, message] = await fail("--listen", new URL(url).host);
  assertEquals(code, 1);
  assertStringIncludes(message, "is in use");
});

Deno.test("sandbox main: it prints no password of one's own", async () => {
  const running = command("--listen=127.0.0.1:0", "--password=hush").spawn();
  let text = "";
  for await (
    const chunk of running.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += chunk;
    if (text.includes("/sandbox\n")) break;
  }
  running.kill("SIGINT");
  const { code } = await running.status;
  await running.stderr.cancel();
  assertEquals([code, text.includes("hush")], [0, false]);
  assertStringIncludes(text, "LOGIN:PASSWORD");
});
