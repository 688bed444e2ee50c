import { assert, assertEquals, assertLess } from "@std/assert";
import type { WatchedOrderView } from "../../daemon/api/watched_order_view.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";

const FAKETIME = { program: "faketime", debianPackage: "faketime" };

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** How far two dates of the same moment may be apart on a slow machine. */
const SLACK = 10 * 60_000;

/** A daemon whose wall clock is off while its monotonic clock is right. */
class ClockedDaemon {
  readonly #sandbox: Sandbox;
  readonly #folder: string;

  constructor(sandbox: Sandbox, folder: string) {
    this.#sandbox = sandbox;
    this.#folder = folder;
  }

  /** Sets the clock, of a daemon that runs too. */
  set(milliseconds: number): void {
    const sign = milliseconds < 0 ? "-" : "+";
    const offset = `${sign}${Math.abs(milliseconds) / 1000}`;
    // All at once: it is read at any time.
    Deno.writeTextFileSync(`${this.#folder}/offset.new`, offset);
    Deno.renameSync(`${this.#folder}/offset.new`, `${this.#folder}/offset`);
  }

  async start(): Promise<DaemonProcess> {
    return await DaemonProcess.start({
      sandbox: this.#sandbox,
      folder: this.#folder,
      env: {
        LD_PRELOAD: await preloaded(),
        FAKETIME_TIMESTAMP_FILE: `${this.#folder}/offset`,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      },
    });
  }
}

/** What the program `faketime` has programs load. */
async function preloaded(): Promise<string> {
  const { stdout } = await new Deno.Command("faketime", {
    args: ["-m", "now", "printenv", "LD_PRELOAD"],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

function ids(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}

/** Watches orders that go on for ever. */
async function watch(
  daemon: DaemonProcess,
  sandbox: Sandbox,
  orders: readonly string[],
): Promise<void> {
  for (const id of orders) {
    const script = [{ after: 0, status: "PROCESSING" }];
    sandbox.orders.place({ id, localNumbers: { ordered: 1 }, script });
  }
  await daemon.json("POST", "/v1/orders", {
    orders: orders.map((id) => ({ id })),
  });
}

async function watches(
  daemon: DaemonProcess,
): Promise<Map<string, WatchedOrderView>> {
  type Page = { items: WatchedOrderView[]; nextCursor: string | null };
  const all = new Map<string, WatchedOrderView>();
  let cursor = "";
  do {
    const page: Page = await daemon.json("GET", `/v1/orders?limit=7${cursor}`);
    for (const item of page.items) all.set(item.id, item);
    cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
  } while (cursor !== "");
  return all;
}

/** Waits until every order was polled so often again; all are watched still. */
async function polledAgain(
  daemon: DaemonProcess,
  times: number,
): Promise<Map<string, WatchedOrderView>> {
  const before = await watches(daemon);
  for (;;) {
    const now = await watches(daemon);
    assertEquals(now.size, before.size);
    for (const [id, { state, outcome }] of now) {
      assertEquals([id, state, outcome], [id, "watching", null]);
    }
    const isPolled = [...now].every(([id, { polls }]) =>
      polls >= before.get(id)!.polls + times
    );
    if (isPolled) return now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function assertDatedBy(date: string | null | undefined, offset: number): void {
  const difference = Date.parse(date ?? "") - Date.now() - offset;
  assertLess(Math.abs(difference), SLACK, `${date}`);
}

function clockTest(
  name: string,
  run: (clocked: ClockedDaemon, sandbox: Sandbox) => Promise<void>,
): void {
  testWithProgram(FAKETIME, name, async () => {
    await using sandbox = await startSandbox();
    await withFolder((folder) =>
      run(new ClockedDaemon(sandbox, folder), sandbox)
    );
  });
}

clockTest(
  "a daemon that starts 40 days ahead expires nothing, then or when it is set",
  async (clocked, sandbox) => {
    clocked.set(0);
    {
      await using daemon = await clocked.start();
      await watch(daemon, sandbox, ids(1, 15));
      await polledAgain(daemon, 2);
      assertEquals(await daemon.stop(), 0);
    }
    clocked.set(40 * DAY);
    await using daemon = await clocked.start();
    await polledAgain(daemon, 2);
    await watch(daemon, sandbox, ids(100, 1));
    assertDatedBy((await watches(daemon)).get("100")?.watchedAt, 40 * DAY);
    // The first step of NTP.
    clocked.set(0);
    await watch(daemon, sandbox, ids(200, 1));
    const now = await polledAgain(daemon, 2);
    assertEquals(now.size, 17);
    assertDatedBy(now.get("200")?.watchedAt, 0);
    for (const { lastPolledAt } of now.values()) assertDatedBy(lastPolledAt, 0);
  },
);

clockTest(
  "orders watched in 1970 do not expire once the clock is right",
  async (clocked, sandbox) => {
    for (const offset of [-Math.floor(Date.now() / DAY) * DAY, -40 * DAY]) {
      clocked.set(offset);
      const order = String(-offset);
      {
        await using daemon = await clocked.start();
        await watch(daemon, sandbox, [order]);
        await polledAgain(daemon, 2);
        assertDatedBy((await watches(daemon)).get(order)?.watchedAt, offset);
        assertEquals(await daemon.stop(), 0);
      }
      clocked.set(0);
      await using daemon = await clocked.start();
      await polledAgain(daemon, 2);
      assertEquals(await daemon.stop(), 0);
    }
  },
);

clockTest(
  "dates are right after a suspend of 8 hours, and a new order is not overdue",
  async (clocked, sandbox) => {
    clocked.set(0);
    await using daemon = await clocked.start();
    await watch(daemon, sandbox, ["1"]);
    await polledAgain(daemon, 1);
    // The monotonic clock stands still meanwhile.
    clocked.set(8 * HOUR);
    await watch(daemon, sandbox, ["2"]);
    const response = await daemon.fetch("/v1/orders/2");
    const { watchedAt, overdue } = await response.json();
    assertEquals(overdue, false);
    assertDatedBy(watchedAt, 8 * HOUR);
    const now = await polledAgain(daemon, 1);
    assertEquals(now.get("1")?.overdue, false);
    const { items } = await daemon.json<{ items: { at: string }[] }>(
      "GET",
      "/v1/orders/2/history",
    );
    assert(items.length > 0);
    for (const { at } of items) assertDatedBy(at, 8 * HOUR);
    assertDatedBy(response.headers.get("date"), 8 * HOUR);
    const settled = daemon.output.split("\n").filter((line) =>
      line.includes("order=2")
    );
    assert(settled.length > 0);
    for (const line of settled) assertDatedBy(line.split(" ")[0], 8 * HOUR);
  },
);
