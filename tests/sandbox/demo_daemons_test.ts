import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { startPostgres } from "../helpers/store/postgres_server.ts";
import { freePort } from "../helpers/system/free_port.ts";
import { readDemoFlags } from "./demo_flags.ts";

const ROOT = new URL("../../", import.meta.url);

const { postgresTest } = await startPostgres();

/** What the demo prints, until it is enough, and then to its end. */
async function runDemo(
  args: string[],
  isEnough: (output: string) => boolean = () => false,
): Promise<{ code: number; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let isStopping = false;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (isStopping || !isEnough(output)) continue;
      isStopping = true;
      child.kill("SIGTERM");
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: (await child.status).code, output };
}

postgresTest(
  "deno task demo --daemons 3 shows an order taken over from a killed daemon",
  async (server) => {
    const url = await server.makeDatabase();
    // While the first one is killed, another test's demo may take its usual port.
    const listen = `127.0.0.1:${freePort()}`;
    const { code, output } = await runDemo(
      ["--daemons", "3", "--database", url, "--listen", listen],
      (output) => /Daemon \d runs again\n/.test(output),
    );
    assertEquals(code, 0, output);
    const addresses = [...output.matchAll(/Status page +(http:\S+)$/gm)];
    assertEquals(new Set(addresses.map(([, url]) => url)).size, 3, output);
    const [, killed, order] =
      /Daemon (\d) asks about (\d+), and is killed \(SIGKILL\)\n/
        .exec(output) ?? [];
    const [, successor, settled] =
      /Daemon (\d) has asked about (\d+) since, and saw it settle\n/
        .exec(output) ?? [];
    assertEquals(settled, order, output);
    assert(successor !== killed, output);
    assertMatch(output, new RegExp(`Daemon ${killed} runs again\n`));
    // Its end is told once, whoever tells it.
    const ends = [
      ...output.matchAll(new RegExp(`  ${order} .*fulfilled$`, "gm")),
    ];
    assertEquals(ends.length, 1, output);
    const [, gap] = /as CallFire saw: +(\d+) ms/.exec(output) ?? [];
    assert(Number(gap) >= 1000, output);
    assertMatch(output, /were delivered: +[1-9]\d*, all verified\n/);
    assertMatch(output, /Daemons that were killed: +1\n/);
    assertMatch(output, /The daemons stopped with code +0, 0, 0\n$/);
    // The database is as it was.
    const name = url.split("/").at(-1)!;
    const schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = ";
    assertEquals(await server.psql(name, `${schemas}'callfire_orders'`), "0");
  },
);

postgresTest(
  "the demo leaves a database alone that holds orders",
  async (server) => {
    const url = await server.makeDatabase();
    const name = url.split("/").at(-1)!;
    await server.psql(name, "CREATE SCHEMA callfire_orders");
    const { code, output } = await runDemo(["--for", "1", "--database", url]);
    assertEquals(code, 2, output);
    assertMatch(output, /^demo: --database: .* holds orders already.*\n$/);
    assertEquals(
      await server.psql(name, "SELECT to_regnamespace('callfire_orders')"),
      "callfire_orders",
    );
  },
);

test("the demo says which flag cannot be used, and why", () => {
  const database = ["--database", "postgres://me@localhost/demo"];
  for (
    const [args, why] of [
      [["--daemons", "3"], "--daemons: 3 daemons need a PostgreSQL database"],
      [[...database, "--daemons", "0"], "'0' is not a number from 1 to 10"],
      [[...database, "--daemons", "11"], "'11' is not a number from 1 to 10"],
      [[...database, "--daemons", "two"], "'two' is not a number"],
      [["--database", "orders.db"], "it must be the URL of an empty Postgre"],
      [["--for", "0"], "--for: '0' is not a number of seconds"],
    ] as const
  ) assertThrows(() => readDemoFlags([...args]), TypeError, why);
  assertEquals(readDemoFlags(database), {
    seconds: Infinity,
    listen: undefined,
    database: database[1],
    daemons: 1,
  });
});
