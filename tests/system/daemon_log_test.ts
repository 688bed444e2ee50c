import { assert, assertEquals, assertMatch } from "@std/assert";
import { mountSmallDisk } from "../helpers/store/small_disk.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { readMetric } from "../helpers/system/conservation.ts";
import {
  type DaemonOptions,
  DaemonProcess,
  withFolder,
} from "../helpers/system/daemon_process.ts";
import { settled, until } from "../helpers/system/fault_testing.ts";
import { freePort } from "../helpers/system/free_port.ts";
import { startTest } from "../helpers/system/start_testing.ts";
import { Run, SCRIPT } from "../helpers/system/wait_run.ts";

/** Starts a daemon that logs elsewhere, and waits until it serves its API. */
async function startLoggingTo(
  logTo: string,
  options: DaemonOptions,
): Promise<DaemonProcess> {
  const port = freePort();
  const daemon = DaemonProcess.spawn({ ...options, logTo, port });
  daemon.url = `http://127.0.0.1:${port}`;
  await isHealthy(daemon.url, () => daemon.output);
  return daemon;
}

/** Waits until a daemon serves requests. */
async function isHealthy(url: string, why: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      const response = await fetch(`${url}/-/healthy`);
      await response.body?.cancel();
      return;
    } catch {
      await new Promise((go) => setTimeout(go, 100));
    }
  }
  throw new Error(`the daemon does not serve requests: ${why()}`);
}

/** Has many orders watched, each with a line in the log. */
async function watchMany(
  daemon: Pick<DaemonProcess, "json">,
  count: number,
): Promise<void> {
  const orders = Array.from(
    { length: count },
    (_, index) => ({ id: String(index + 1), label: "x".repeat(40) }),
  );
  await daemon.json("POST", "/v1/orders", { orders });
}

/** How many lines a daemon says that it has dropped. */
async function droppedLines(daemon: DaemonProcess): Promise<number> {
  const metric = await readMetric(daemon, "callfire_log_lines_dropped_total");
  return metric.get("") ?? NaN;
}

/** The lines of a log: how many, and how many others are said to be dropped. */
function countLines(log: string): { lines: number; dropped: number } {
  const lines = log.split("\n").slice(0, -1);
  for (const line of lines) assertMatch(line, /^20\S+Z (?:INFO|WARN|ERROR) /);
  const reports = lines
    .flatMap((line) => /dropped.* lines=(\d+)$/.exec(line)?.[1] ?? []);
  return {
    lines: lines.length - reports.length,
    dropped: reports.reduce((sum, count) => sum + Number(count), 0),
  };
}

/** Waits until the daemon has sent some more requests to CallFire. */
async function polls({ requests }: Sandbox): Promise<void> {
  const before = requests.count;
  await until(() => Promise.resolve(requests.count >= before + 5));
}

/** Watches an order that ends by itself, and waits for its end. */
async function settleOne(
  sandbox: Sandbox,
  daemon: DaemonProcess,
): Promise<void> {
  const id = sandbox.orders.place({});
  sandbox.orders.set(id, { status: "VOID" });
  await daemon.json("PUT", `/v1/orders/${id}`);
  assertEquals((await settled(daemon, id)).outcome, "void");
}

startTest("a log to /dev/full keeps nothing from work", async (
  sandbox,
  folder,
) => {
  await using daemon = await startLoggingTo("/dev/full", { sandbox, folder });
  await settleOne(sandbox, daemon);
  await until(async () => await droppedLines(daemon) >= 3);
  assertEquals(await daemon.stop(), 0, daemon.output);
  assertEquals(daemon.output, "");
});

startTest("a log goes on once a full disk has room again", async (
  sandbox,
  folder,
) => {
  await using disk = await mountSmallDisk(64 * 1024);
  if (!disk) return console.log("skipped: this user may not mount a disk");
  const log = `${disk.path}/log`;
  await using daemon = await startLoggingTo(log, { sandbox, folder });
  await settleOne(sandbox, daemon);
  await disk.fill();
  await watchMany(daemon, 2_000);
  await polls(sandbox);
  await until(async () => await droppedLines(daemon) > 1_000);

  await disk.makeRoom();
  await until(async () => (await Deno.readTextFile(log)).includes("dropped"));
  const dropped = await droppedLines(daemon);
  assertEquals(await daemon.stop(), 0, daemon.output);
  const text = await Deno.readTextFile(log);
  const counts = countLines(text);
  assertEquals(counts.dropped, dropped);
  // Started, one order and its end, 2,000 orders, Stopped.
  assert(counts.lines + counts.dropped >= 2_004, text);
  assertMatch(text, /Stopped\n$/);
});

startTest("a log whose reader stops keeps nothing from work", async (
  sandbox,
  folder,
) => {
  const fifo = `${folder}/log`;
  const { success } = await new Deno.Command("mkfifo", { args: [fifo] })
    .output();
  assert(success);
  const opening = Deno.open(fifo, { read: true });
  await using daemon = await startLoggingTo(fifo, { sandbox, folder });
  using reader = await opening;
  await watchMany(daemon, 8_000);
  await polls(sandbox);
  await until(async () => {
    const id = sandbox.orders.place({});
    await daemon.json("PUT", `/v1/orders/${id}`);
    return await droppedLines(daemon) > 0;
  });
  // It reads on: what was kept comes in order, and then how much was not.
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  while (!/dropped.*\n/.test(text)) {
    const count = await reader.read(buffer);
    text += decoder.decode(buffer.subarray(0, count ?? 0), { stream: true });
  }
  const ids = [...text.matchAll(/Watching the order order=(\d+) label/g)]
    .map(([, id]) => Number(id));
  assertEquals(ids, Array.from({ length: 8_000 }, (_, index) => index + 1));
  assertEquals(countLines(text).dropped, await droppedLines(daemon));
  assertEquals(await daemon.stop(), 0, daemon.output);
});

startTest("a log that nobody reads any more keeps nothing from work", async (
  sandbox,
  folder,
) => {
  const fifo = `${folder}/log`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const opening = Deno.open(fifo, { read: true });
  await using daemon = await startLoggingTo(fifo, { sandbox, folder });
  (await opening).close();
  await settleOne(sandbox, daemon);
  await until(async () => await droppedLines(daemon) > 0);
  assertEquals(await daemon.stop(), 0, daemon.output);
});

startTest("a daemon whose log nobody takes stops all the same", async (
  sandbox,
  folder,
) => {
  const fifo = `${folder}/log`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const opening = Deno.open(fifo, { read: true });
  await using daemon = await startLoggingTo(fifo, { sandbox, folder });
  using _reader = await opening;
  await watchMany(daemon, 4_000);
  assertEquals(await daemon.stop(), 0, daemon.output);
});

testWithProgram(
  SCRIPT,
  "a terminal that is paused keeps nothing from work",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const port = freePort();
      const url = `http://127.0.0.1:${port}`;
      const command = `exec ${Deno.execPath()} task --quiet start ` +
        `--listen=127.0.0.1:${port} --database=${folder}/orders.db`;
      await using run = new Run(
        "script",
        ["-qec", command, "/dev/null"],
        sandbox,
      );
      await run.written("Started");
      await run.type("\x13");
      for (let id = 1; id <= 200; id++) {
        const response = await fetch(`${url}/v1/orders/${id}`, {
          method: "PUT",
          signal: AbortSignal.timeout(30_000),
        });
        await response.body?.cancel();
        assertEquals(response.status, 201);
      }
      await isHealthy(url, () => run.output);
      assert(!run.output.includes("order=200"));
      await run.type("\x11");
      await run.written("order=200");
      await run.type("\x03");
      await run.ended();
      assertMatch(run.output, /Stopped/);
    }),
);
