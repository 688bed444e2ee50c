import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RawConnection } from "../daemon/api/raw_connection.ts";
import { checkConservation, Ledger } from "./conservation.ts";
import { DaemonProcess } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";
import { credentialsOf, runDeno } from "./run_deno.ts";
import { startTest } from "./start_testing.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the README's command for the daemon until it ends by itself. */
function runStart(
  args: string[],
  env: Record<string, string>,
): ReturnType<typeof runDeno> {
  return runDeno(["task", "--quiet", "start", ...args], ROOT, env);
}

startTest("a setting that is wrong is told in one line", async (
  sandbox,
  folder,
) => {
  const credentials = credentialsOf(sandbox);
  const at = [`--database=${folder}/orders.db`, "--listen=127.0.0.1:0"];
  const cases: [string[], Record<string, string>, RegExp][] = [
    [["--listen=nowhere"], credentials, /--listen 'nowhere'/],
    [["--no-such-flag"], credentials, /'--no-such-flag'/],
    [at, { ...credentials, CALLFIRE_PASSWORD: "" }, /CALLFIRE_PASSWORD/],
    [at, { ...credentials, CALLFIRE_LOGIN: "a:b" }, /login.*colon/],
    [
      at,
      { ...credentials, CALLFIRE_BASE_URL: "http://example.com" },
      /https:\/\//,
    ],
  ];
  for (const [args, env, message] of cases) {
    const { code, output } = await runStart(args, env);
    assertEquals(code, 2, output);
    assertEquals(output.trim().split("\n").length, 1, output);
    assert(message.test(output), output);
    assert(!output.includes(sandbox.password));
  }
});

startTest("a mistyped database URL makes no file, and is not shown", async (
  sandbox,
  folder,
) => {
  const url = "postgres://me:hunter2@127.0.0.1/orders";
  for (const text of [`"${url}"`, `data/${url}`, "postgres//me:hunter2@h/x"]) {
    const { code, output } = await runDeno(
      ["run", "--quiet", "--allow-all", `${ROOT}daemon/start.ts`],
      folder,
      { ...credentialsOf(sandbox), DATABASE_URL: text, LISTEN: "127.0.0.1:0" },
    );
    assertEquals(code, 2, output);
    assertEquals(output.trim().split("\n").length, 1, output);
    assertStringIncludes(output, "Cannot use DATABASE_URL (not shown)");
    assert(!output.includes("hunter2"), output);
  }
  assertEquals([...Deno.readDirSync(folder)], []);
});

startTest("--help tells of every setting", async () => {
  const { code, output } = await runStart(["--help"], {});
  assertEquals(code, 0);
  assertStringIncludes(output, "--max-requests-per-second");
});

startTest("a port or a database that is in use is told in one line", async (
  sandbox,
  folder,
) => {
  await using daemon = await DaemonProcess.start({ sandbox, folder });
  const other = await Deno.makeTempDir({ dir: folder });
  for (
    const [options, message] of [
      [{ folder: other, port: daemon.port }, "it is in use"],
      [{ folder, port: 0 }, "another program holds it"],
    ] as const
  ) {
    await using second = DaemonProcess.spawn({ sandbox, ...options });
    assertEquals(await second.ended(), 1);
    assertEquals(second.output.trim().split("\n").length, 1, second.output);
    assertStringIncludes(second.output, message);
  }
  assertEquals(await daemon.stop(), 0);
});

startTest(
  "a name that is made to lead here opens nothing without a token",
  async (
    sandbox,
    folder,
  ) => {
    for (
      const [env, status] of [[{}, 421], [{ API_TOKEN: "t" }, 200]] as const
    ) {
      await using daemon = await DaemonProcess.start({ sandbox, folder, env });
      using connection = await RawConnection.request(
        daemon.url,
        "GET /v1/orders HTTP/1.1",
        "Host: elsewhere.example",
        "Authorization: Bearer t",
        "Connection: close",
      );
      assertStringIncludes(await connection.readAll(), `HTTP/1.1 ${status} `);
      assertEquals(await daemon.stop(), 0, daemon.output);
    }
  },
);

startTest("--log json writes one line for each change, none for a poll", async (
  sandbox,
  folder,
) => {
  const id = sandbox.orders.place({ localNumbers: { ordered: 1 } });
  await using daemon = await DaemonProcess.start({
    sandbox,
    folder,
    args: ["--log=json"],
  });
  await daemon.json("PUT", `/v1/orders/${id}`, { label: "two\u2028words" });
  await daemon.json("GET", `/v1/orders/${id}?wait=20`);
  const { items } = await daemon.json<{ items: { type: string }[] }>(
    "GET",
    `/v1/orders/${id}/history`,
  );
  const ledger = new Ledger();
  ledger.watched.add(id);
  await checkConservation(daemon, ledger, new EventReader());
  assertEquals(await daemon.stop(), 0);
  const lines = daemon.output.trim().split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assertEquals(
    lines.map(({ message }) => message),
    [
      "Started",
      ...items.map(({ type }) =>
        type === "order.watched"
          ? "Watching the order"
          : type === "order.settled"
          ? "The order settled"
          : "The order changed"
      ),
      "Stopped",
    ],
  );
  assert(lines.every(({ time, level }) => time && level));
});

startTest("SIGUSR2 copies the database while it is used", async (
  sandbox,
  folder,
) => {
  const id = sandbox.orders.place({ localNumbers: { ordered: 1 } });
  const path = `${folder}/orders.db`;
  {
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    await daemon.json("PUT", `/v1/orders/${id}`, { label: "kept" });
    daemon.kill("SIGUSR2");
    await daemon.printed(/Backed up/);
    await daemon.json("DELETE", `/v1/orders/${id}`);
    assertEquals(await daemon.stop(), 0, daemon.output);
  }
  assertEquals(Deno.statSync(`${path}.backup`).mode! & 0o777, 0o600);
  await Deno.rename(`${path}.backup`, path);
  await using daemon = await DaemonProcess.start({ sandbox, folder });
  const watch = await daemon
    .json<{ label: string }>("GET", `/v1/orders/${id}?wait=55`);
  assertEquals(watch.label, "kept");
  // What happened after the copy was made never happened.
  const ledger = new Ledger();
  ledger.watched.add(id);
  await checkConservation(daemon, ledger, new EventReader());
});
