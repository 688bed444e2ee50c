import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { RawConnection } from "../helpers/api/raw_connection.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { credentialsOf, runDeno } from "../helpers/system/run_deno.ts";
import { startTest } from "../helpers/system/start_testing.ts";

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

startTest("every loopback address serves requests for itself", async (
  sandbox,
  folder,
) => {
  for (
    const [host, others] of [
      ["127.0.0.2", ["localhost", "localhost."]],
      ["[::1]", ["127.0.0.1"]],
      ["localhost", ["127.0.0.1"]],
    ] as const
  ) {
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args: [`--listen=${host}:0`],
    });
    // The line that says where it is names the address, whatever the name is.
    assertMatch(daemon.url, /^http:..(127\.0\.0\.[12]|\[::1\]):\d+$/);
    for (const name of [host, ...others]) {
      for (const path of ["/-/healthy", "/metrics", "/v1/orders"]) {
        assertStringIncludes(await askAs(daemon, name, path), "HTTP/1.1 200 ");
      }
    }
    for (const name of ["elsewhere.example", "127.0.0.3"]) {
      const text = await askAs(daemon, name, "/-/healthy");
      assertStringIncludes(text, "HTTP/1.1 421 ");
    }
    assertEquals(await daemon.stop(), 0, daemon.output);
  }
});

/** Asks a daemon for a path, by some name of its host. */
async function askAs(
  { url }: DaemonProcess,
  host: string,
  path: string,
): Promise<string> {
  using connection = await RawConnection.request(
    url,
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${new URL(url).port}`,
    "Connection: close",
  );
  return await connection.readAll();
}

startTest("an address that cannot be listened on is told in one line", async (
  sandbox,
  folder,
) => {
  const token = { API_TOKEN: "a-token" };
  for (
    const [address, message] of [
      // For documentation: no machine has it.
      ["192.0.2.1:0", "this machine does not have that address"],
      ["no-such-host.invalid:0", "choose another address with --listen"],
      ["[fe80::1]:0", "choose another address with --listen"],
    ] as const
  ) {
    const { code, output } = await runStart([
      `--listen=${address}`,
      `--database=${folder}/orders.db`,
    ], { ...credentialsOf(sandbox), ...token });
    assertEquals(code, 1, output);
    assertEquals(output.trim().split("\n").length, 1, output);
    assertStringIncludes(output, `Cannot listen on '${address}': `);
    assertStringIncludes(output, message);
  }
});

const LOW_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

testWithProgram(
  { program: "setpriv", debianPackage: "util-linux" },
  "a port that only root may use is told in one line",
  () =>
    withFolder(async (folder) => {
      // Some containers let everybody use every port.
      const lowest = Number(await Deno.readTextFile(LOW_PORTS));
      if (lowest <= 1) return console.log("skipped: every port may be used");
      const privileges = Deno.uid() === 0
        ? ["setpriv", "--bounding-set=-net_bind_service"]
        : ["env"];
      const { code, stderr, stdout } = await new Deno.Command(privileges[0]!, {
        args: [
          ...privileges.slice(1),
          ...[Deno.execPath(), "task", "--quiet", "start"],
          ...[`--listen=127.0.0.1:1`, `--database=${folder}/orders.db`],
        ],
        cwd: ROOT,
        env: { CALLFIRE_LOGIN: "a", CALLFIRE_PASSWORD: "b", NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      const output = decoder.decode(stdout) + decoder.decode(stderr);
      assertEquals(code, 1, output);
      assertEquals(
        output,
        "callfire-orders: Cannot listen on '127.0.0.1:1': this user may not " +
          "use that port; choose one from 1024 on with --listen\n",
      );
    }),
);

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

startTest("nothing in the log hides or reorders text", async (
  sandbox,
  folder,
) => {
  const label = "a\u202eb\u2066c\u2028d\u2029e\u200bf";
  for (const format of ["text", "json"]) {
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args: [`--log=${format}`],
    });
    const id = sandbox.orders.place({ localNumbers: { ordered: 1 } });
    await daemon.json("PUT", `/v1/orders/${id}`, { label });
    await daemon.json("GET", `/v1/orders/${id}?wait=20`);
    assertEquals(await daemon.stop(), 0);
    assertEquals(/[\p{Cf}\p{Zl}\p{Zp}]/u.test(daemon.output), false);
    const shown = "a\\u202eb\\u2066c\\u2028d\\u2029e\\u200bf";
    assertStringIncludes(daemon.output, shown);
  }
  const { output } = await runStart(["--listen=\u202e"], {
    ...credentialsOf(sandbox),
  });
  assertStringIncludes(output, "\\u202e");
  assertEquals(/\p{Cf}/u.test(output), false);
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
