import { assert, assertEquals, assertLess } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { test } from "../helpers/client/testing.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import {
  connect,
  PollMeter,
  type PollWindow,
  refusalTimeRatio,
  type Resources,
  resourcesOf,
  sendRaw,
  writeAll,
} from "../helpers/system/attack_testing.ts";
import { HOSTILE_REQUESTS, TOKEN } from "../helpers/system/hostile_requests.ts";
import {
  allWatches,
  checkConservation,
  Ledger,
} from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { until } from "../helpers/system/fault_testing.ts";
import { pause } from "../helpers/system/pause.ts";

/** How many orders are watched at a time, each asked about once a second. */
const ORDERS = 150;

/**
 * How many idle event readers there are. Each takes a descriptor here too, so
 * that many more want a higher limit than is usual: ATTACK_READERS=10000.
 */
const READERS = Number(Deno.env.get("ATTACK_READERS") ?? 1_000);

/** How many of each kind of slow caller there are. */
const SLOW = 200;

/**
 * How long polls are counted, in milliseconds: orders are asked about once a
 * second for longer than that.
 */
const WINDOW = 10_000;

const HEAD = `Host: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n`;

/** Beginnings of requests, none of which is ever finished. */
const SLOW_STARTS = [
  "",
  "GET /v1/ord",
  `GET /v1/orders HTTP/1.1\r\n${HEAD}`,
  `PUT /v1/orders/7 HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\n` +
  'Content-Length: 1000\r\n\r\n{"label":"',
];

/** Connections, closed together. */
class Crowd implements Disposable {
  readonly connections: Deno.TcpConn[] = [];

  /** Adds one that has sent something. */
  async add(daemon: DaemonProcess, text: string): Promise<Deno.TcpConn> {
    const connection = await connect(daemon);
    this.connections.push(connection);
    await writeAll(connection, text);
    return connection;
  }

  [Symbol.dispose](): void {
    for (const connection of this.connections.splice(0)) connection.close();
  }
}

/** Adds event readers, each of whom reads where the stream begins, no more. */
async function addReaders(crowd: Crowd, daemon: DaemonProcess): Promise<void> {
  const request = `GET /v1/events HTTP/1.1\r\n${HEAD}\r\n`;
  const buffer = new Uint8Array(4096);
  for (let made = 0; made < READERS; made++) {
    const connection = await crowd.add(daemon, request);
    const count = await connection.read(buffer) ?? 0;
    const answer = new TextDecoder().decode(buffer.subarray(0, count));
    assertEquals(answer.slice(0, 15), "HTTP/1.1 200 OK");
  }
}

/** Sends all hostile requests, each of which is to be answered just so. */
async function sendAll(daemon: DaemonProcess): Promise<void> {
  for (const [name, request, status, code] of HOSTILE_REQUESTS) {
    const answer = await sendRaw(daemon, request());
    assertEquals([answer.status, answer.code], [status, code], name);
    assert(!/^Injected/m.test(answer.text), name);
  }
}

test("hostile callers do not disturb the polling", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args: ["--max-requests-per-second=0"],
      env: { API_TOKEN: TOKEN },
      descriptors: READERS + 2_000,
    });
    const ledger = new Ledger();
    const seen: Record<string, Resources> = {};
    const look = (when: string) => seen[when] = resourcesOf(daemon);
    /** Watches new orders, and measures how they are asked about. */
    const measure = async (): Promise<PollWindow> => {
      const script = [{ after: 0, status: "PROCESSING" }];
      for (let made = 0; made < ORDERS; made++) {
        assert(await ledger.watch(daemon, sandbox.orders.place({ script })));
      }
      const meter = new PollMeter(daemon);
      await meter.end();
      await pause(WINDOW);
      return await meter.end();
    };
    /** Lets all orders end. */
    const finish = async () => {
      for (const id of ledger.watched) {
        sandbox.orders.set(id, { status: "VOID" });
      }
      await until(async () =>
        (await daemon.json<{ orders: { watching: number } }>(
          "GET",
          "/v1/summary",
        )).orders.watching === 0
      );
    };

    const quiet = await measure();
    look("before");
    await finish();
    /** Does all that callers may do who mean no good, until polls are counted. */
    const attack = async () => {
      using crowd = new Crowd();
      const startedAt = performance.now();
      for (let made = 0; made < SLOW; made++) {
        for (const start of SLOW_STARTS) await crowd.add(daemon, start);
      }
      look("slow callers");
      await addReaders(crowd, daemon);
      look("event readers");
      let passes = 0;
      do {
        await sendAll(daemon);
        look(`hostile requests, ${++passes}`);
      } while (performance.now() - startedAt < WINDOW);
      // Among all of them, whoever asks is answered.
      const response = await daemon.fetch("/-/ready");
      assertEquals(await response.text(), "ready\n");
    };
    const [attacked] = await Promise.all([measure(), attack()]);
    await until(() =>
      Promise.resolve(
        resourcesOf(daemon).descriptors <= seen["before"]!.descriptors + 20,
      )
    );
    look("after");
    await finish();
    // Others may have begun to use the machine meanwhile.
    const quietAgain = await measure();
    const ratio = await refusalTimeRatio(
      daemon,
      [`${TOKEN.slice(0, -1)}x`, "x".repeat(TOKEN.length)],
      200,
    );
    const measured = { quiet, attacked, quietAgain };
    console.log({ readers: READERS, ...measured, ...seen, ratio });

    const usual = Math.min(quiet.perSecond, quietAgain.perSecond);
    assert(attacked.perSecond >= usual / 2, "the polling slowed down");
    // None of the bodies of 100 MiB is in memory as a whole, nor many in parts.
    const most = Math.max(...Object.values(seen).map(({ memory }) => memory));
    assertLess(most, seen["before"]!.memory + 350 + READERS / 10);
    assert(!/ ERROR /.test(daemon.output), daemon.output);
    const { length } = await allWatches(daemon);
    assertEquals(length, 3 * ORDERS, "a hostile request was taken");
    const polled = await daemon.json<{ orders: { settled: number } }>(
      "GET",
      "/v1/summary",
    );
    assertEquals(polled.orders.settled, 2 * ORDERS, "an order settled wrongly");
    await finish();
    await checkConservation(daemon, ledger, new EventReader());
    assert(sandbox.requests.smallestGap() >= MIN_INTERVAL_MS);
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));

test("large bodies that never end take a bounded memory", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    const before = resourcesOf(daemon).memory;
    let most = before;
    {
      using crowd = new Crowd();
      const size = 10 * 1024 * 1024;
      const piece = new Uint8Array(size / 64).fill(0x20);
      const send = async () => {
        const connection = await crowd.add(
          daemon,
          "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\n" +
            "Content-Type: application/json\r\n" +
            `Content-Length: ${size}\r\n\r\n`,
        );
        // All but the last 20 bytes; those that are refused are cut off.
        const parts = Array(63).fill(piece).concat(piece.subarray(20));
        await writeAll(connection, ...parts).catch(() => {});
      };
      let isSent = false;
      const sending = Promise.all(Array.from({ length: 40 }, send))
        .finally(() => isSent = true);
      while (!isSent) {
        most = Math.max(most, resourcesOf(daemon).memory);
        await pause(50);
      }
      await sending;
      // Whoever comes with a small body is served.
      assert(await new Ledger().watch(daemon, "7"));
      most = Math.max(most, resourcesOf(daemon).memory);
    }
    console.log({ before, most });
    // 48 MiB of bodies, and what the runtime needs to read them.
    assertLess(most, before + 250);
    await until(async () => {
      const response = await daemon.fetch("/v1/orders", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ orders: [{ id: "8" }] }),
      });
      await response.body?.cancel();
      return response.status === 200;
    });
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));
