import { assert, assertEquals } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { test } from "../helpers/client/testing.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";

/** Questions a second; the orders of the test would take four times as many. */
const RATE = 5;
const ORDERS = 20;

/** The most questions that are out at once. */
const MOST_IN_FLIGHT = 64;

/** Long enough for all to be asked that may be, in milliseconds. */
const DELAY = 6_000;

/** Waits for what CallFire has seen. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setTimeout(go, 20));
}

/** What CallFire has seen: how often each order was asked about. */
function asked({ requests }: Sandbox, ids: readonly string[]): number[] {
  return ids.map((id) => requests.entries(id).length);
}

test("the account's limit is kept and shared fairly, also over a restart", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    const place = () =>
      sandbox.orders.place({ script: [{ after: 0, status: "PROCESSING" }] });
    const ids = Array.from({ length: ORDERS }, place);
    const ledger = new Ledger();
    const args = [`--max-requests-per-second=${RATE}`];
    {
      await using daemon = await DaemonProcess.start({ sandbox, folder, args });
      for (const id of ids) assert(await ledger.watch(daemon, id));
      // In the middle of it all: some were never asked about.
      await until(() => sandbox.requests.count > ORDERS);
      daemon.kill("SIGKILL");
      await daemon.ended();
    }
    await using daemon = await DaemonProcess.start({ sandbox, folder, args });
    await until(() => Math.min(...asked(sandbox, ids)) > 0);
    const start = asked(sandbox, ids);
    const end = sandbox.requests.count + 3 * ORDERS;
    await until(() => sandbox.requests.count >= end);
    const rounds = asked(sandbox, ids).map((count, at) => count - start[at]!);
    assert(rounds.every((count) => count >= 2 && count <= 4), `${rounds}`);

    // However many wait, a new one is asked about with the next few.
    const newcomer = place();
    const before = sandbox.requests.count;
    assert(await ledger.watch(daemon, newcomer));
    await until(() => sandbox.requests.entries(newcomer).length > 0);
    const ahead = sandbox.requests.entries().slice(before)
      .findIndex(({ order }) => order === newcomer);
    assert(ahead <= RATE, `it waited for ${ahead} others`);

    for (const id of ledger.watched) sandbox.orders.set(id, { status: "VOID" });
    for (const id of ledger.watched) {
      await daemon.json("GET", `/v1/orders/${id}?wait=55`);
    }
    await checkConservation(daemon, ledger, new EventReader());
    assertEquals(await daemon.stop(), 0, daemon.output);

    // The record itself, with a second's worth for what was held up on its way.
    const times = sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt);
    const seconds = (times.at(-1)! - times[0]!) / 1000;
    assert(
      times.length <= 1 + RATE * (seconds + 1),
      `${times.length} questions in ${seconds} s`,
    );
    assert(sandbox.requests.smallestGap() >= MIN_INTERVAL_MS);
  }));

test("without a limit there are never more than 64 questions out at once", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    const ids = Array.from(
      { length: 100 },
      () => sandbox.orders.place({ script: [{ after: 0, status: "VOID" }] }),
    );
    sandbox.faults.add({ kind: "none", delay: DELAY, count: MOST_IN_FLIGHT });
    const args = ["--max-requests-per-second=0"];
    await using daemon = await DaemonProcess.start({ sandbox, folder, args });
    const ledger = new Ledger();
    for (const id of ids) assert(await ledger.watch(daemon, id));
    await until(() => sandbox.requests.count > MOST_IN_FLIGHT);
    const times = sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt);
    assert(times[MOST_IN_FLIGHT]! - times[0]! >= DELAY, "no answer had come");
    for (const id of ids) {
      await daemon.json("GET", `/v1/orders/${id}?wait=55`);
    }
    await checkConservation(daemon, ledger, new EventReader());
    assertEquals(await daemon.stop(), 0, daemon.output);
    assertEquals(sandbox.requests.count, ids.length);
  }));
