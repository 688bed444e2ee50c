import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { test } from "../helpers/client/testing.ts";
import { readFiles } from "../helpers/store/refusal.ts";
import { mountSmallDisk, type SmallDisk } from "../helpers/store/small_disk.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import {
  checkConservation,
  Ledger,
  type WatchView,
} from "../helpers/system/conservation.ts";
import { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import {
  readinessIs,
  settled,
  type Summary,
  until,
} from "../helpers/system/fault_testing.ts";

/** Room for a few hundred orders, in bytes. */
const SIZE = 2_000_000;

/** A disk that a daemon keeps its database on. */
interface Setup {
  disk: SmallDisk;
  sandbox: Sandbox;
  ledger: Ledger;
  /** Starts the daemon. */
  start(): Promise<DaemonProcess>;
}

/** Runs a test with a small disk, if this user may mount one. */
function diskTest(name: string, run: (setup: Setup) => Promise<void>): void {
  test(name, async () => {
    await using disk = await mountSmallDisk(SIZE);
    if (!disk) return console.log("skipped: this user may not mount a disk");
    await using sandbox = await startSandbox();
    const options = { sandbox, folder: disk.path };
    const start = () => DaemonProcess.start(options);
    await run({ disk, sandbox, ledger: new Ledger(), start });
  });
}

/** Places an order that does not end by itself, and lets it be watched. */
async function watchOne(
  { ledger, sandbox }: Setup,
  daemon: DaemonProcess,
): Promise<string | undefined> {
  const script = [{ after: 0, status: "PROCESSING" }];
  const id = sandbox.orders.place({ script });
  return await ledger.watch(daemon, id) ? id : undefined;
}

/** Fills the disk until no order more can be watched. */
async function fillUp(setup: Setup, daemon: DaemonProcess): Promise<void> {
  await setup.disk.fill();
  while (await watchOne(setup, daemon) !== undefined);
}

/** Answers what the daemon says to a request: its status, and its text. */
async function ask(
  daemon: DaemonProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<[status: number, text: string]> {
  const response = await daemon.fetch(path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  return [response.status, await response.text()];
}

/** Lets all that is watched end, and checks what is told of it in the end. */
async function finish(
  { ledger, sandbox }: Setup,
  daemon: DaemonProcess,
): Promise<void> {
  for (const id of ledger.watched) sandbox.orders.set(id, { status: "VOID" });
  for (const id of ledger.watched) {
    assertEquals((await settled(daemon, id)).outcome, "void");
  }
  await checkConservation(daemon, ledger, new EventReader());
  assert(sandbox.requests.smallestGap() >= MIN_INTERVAL_MS);
  assertEquals(await daemon.stop(), 0, daemon.output);
}

diskTest("a disk that is full for a while loses nothing", async (setup) => {
  const { disk, ledger, sandbox, start } = setup;
  await using daemon = await start();
  const [ending, other] = [
    await watchOne(setup, daemon),
    await watchOne(setup, daemon),
  ];
  assert(ending && other);
  await fillUp(setup, daemon);

  const full = `Cannot use the database '${disk.path}/orders.db': ` +
    "the disk is full (";
  const writes: [string, string, unknown?][] = [
    ["PUT", "/v1/orders/7"],
    ["POST", "/v1/orders", { orders: [{ id: "8" }, { id: "9" }] }],
    ["PUT", `/v1/orders/${other}`, { label: "new" }],
    ["DELETE", `/v1/orders/${other}`],
  ];
  for (const write of writes) {
    const [status, text] = await ask(daemon, ...write);
    assertEquals(status, 503, `${write}`);
    const { code, detail } = JSON.parse(text);
    assertEquals(code, "store_unavailable");
    assertStringIncludes(detail, full);
    assertStringIncludes(detail, "free some space");
  }
  await readinessIs(daemon, 503);
  const [, unready] = await ask(daemon, "GET", "/-/ready");
  const { code, reasons } = JSON.parse(unready);
  assertEquals([code, reasons.length], ["not_ready", 1]);
  // What anyone may ask for names no file.
  assertStringIncludes(reasons[0], "The database cannot be used");
  const [, summary] = await ask(daemon, "GET", "/v1/summary");
  assertStringIncludes(JSON.parse(summary).reasons[0], full);

  // It ends while nobody can write that down, so nobody is told.
  sandbox.orders.set(ending, { status: "VOID" });
  await daemon.printed(/What happens cannot be stored.*the disk is full/);
  const read = async (path: string) => {
    const [status, text] = await ask(daemon, "GET", path);
    assertEquals(status, 200, path);
    return text.startsWith("{") ? JSON.parse(text) : text;
  };
  assertEquals((await read(`/v1/orders/${ending}`)).state, "watching");
  assertEquals((await read(`/v1/orders/${other}`)).label, null);
  assert((await read(`/v1/orders/${other}/history`)).items.length >= 1);
  assertEquals((await read("/v1/orders?state=settled")).items, []);
  const { orders, ready }: Summary & { orders: { watching: number } } =
    await read("/v1/summary");
  assertEquals([orders.watching, ready], [ledger.watched.size, false]);
  assertEquals(await read("/-/healthy"), "healthy\n");
  assertStringIncludes(await read("/metrics"), "callfire_orders_watching");
  daemon.kill("SIGUSR2");
  await daemon.printed(/Cannot back up.*the disk is full/);

  await disk.makeRoom();
  await readinessIs(daemon, 200);
  assertEquals((await settled(daemon, ending)).outcome, "void");
  assert(await watchOne(setup, daemon));
  assert(await ledger.remove(daemon, other));
  // What a backup left behind would take the room that there is.
  const names = [...(await readFiles(disk.path)).keys()].toSorted();
  assertEquals(names, ["orders.db", "orders.db-wal"]);
  await finish(setup, daemon);
});

diskTest(
  "a daemon that is stopped on a full disk says so, and keeps what it took",
  async (
    setup,
  ) => {
    const { disk, sandbox, start } = setup;
    {
      await using daemon = await start();
      const id = await watchOne(setup, daemon);
      assert(id);
      await until(async () =>
        (await daemon.json<WatchView>("GET", `/v1/orders/${id}`)).polls > 0
      );
      await fillUp(setup, daemon);
      await readinessIs(daemon, 503);
      // How it stands since then cannot be written down, at the end neither.
      const asked = sandbox.requests.entries(id).length;
      await until(() =>
        Promise.resolve(sandbox.requests.entries(id).length > asked + 1)
      );
      assertEquals(await daemon.stop(), 1, daemon.output);
      const last = daemon.output.trim().split("\n").at(-1) ?? "";
      assertStringIncludes(last, "callfire-orders: Cannot use the database");
      assertStringIncludes(last, "the disk is full");
    }
    await disk.makeRoom();
    await using daemon = await start();
    await finish(setup, daemon);
  },
);

diskTest("a full or a read-only disk is told in one line at the start", async (
  setup,
) => {
  const { disk, sandbox, start } = setup;
  {
    await using daemon = await start();
    assert(await watchOne(setup, daemon));
    assertEquals(await daemon.stop(), 0, daemon.output);
  }
  const refused = async (name: string, message: string) => {
    const before = await readFiles(disk.path);
    await using daemon = DaemonProcess.spawn({
      sandbox,
      folder: disk.path,
      args: [`--database=${disk.path}/${name}`],
    });
    assertEquals(await daemon.ended(), 1);
    assertEquals(daemon.output.trim().split("\n").length, 1, daemon.output);
    assertStringIncludes(
      daemon.output,
      `callfire-orders: Cannot use the database '${disk.path}/${name}': `,
    );
    assertStringIncludes(daemon.output, message);
    return before;
  };
  await disk.fill();
  const before = await refused("orders.db", "the disk is full (");
  assertEquals(await readFiles(disk.path), before);
  // It is there then, with nothing in it.
  before.set("new.db", new Uint8Array());
  await refused("new.db", "the disk is full (");
  assertEquals(await readFiles(disk.path), before);
  await disk.makeReadOnly();
  for (const name of ["orders.db", "another.db"]) {
    await refused(name, "Read-only file system");
    assertEquals(await readFiles(disk.path), before);
  }
});
