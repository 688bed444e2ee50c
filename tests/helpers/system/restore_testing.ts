/**
 * What is checked of every way to put a database back: with six events in the
 * backup, it goes on to twelve, is put back, and other things happen.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatEventId } from "../../../daemon/store/event_id.ts";
import { WebhookReceiver } from "../api/webhook_receiver.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import {
  type DaemonOptions,
  DaemonProcess,
  withFolder,
} from "./daemon_process.ts";
import { EventReader, type StreamedEvent } from "./event_reader.ts";
import { pause } from "./pause.ts";
import { register } from "./webhooks_testing.ts";

/** A way to put a database back. */
export interface RestoreWay {
  /** Where the database is; in the folder by default. */
  database?: string;
  /** More flags of the daemon. */
  args?: string[];
  /** Makes a backup; answers with the daemon that goes on. */
  backUp(run: RestoreRun): Promise<DaemonProcess>;
  /** Puts it back; answers with the daemon that goes on. */
  restore(run: RestoreRun): Promise<DaemonProcess>;
}

/** What a way works with. */
export interface RestoreRun {
  /** The daemon that runs now. */
  daemon: DaemonProcess;
  /** The folder of the test; that of a SQLite file is `data` in it. */
  folder: string;
  /** Starts a daemon. */
  start(): Promise<DaemonProcess>;
}

/**
 * Checks that a way to restore is noticed: by ids, and by who receives them.
 *
 * @param way The way.
 */
export function checkRestore(way: RestoreWay): Promise<void> {
  return withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using receiver = new WebhookReceiver();
    const options: DaemonOptions = {
      sandbox,
      folder: `${folder}/data`,
      ...way.database !== undefined && { database: way.database },
      args: [`--webhook-hosts=${receiver.host}`, ...way.args ?? []],
    };
    await using stack = new AsyncDisposableStack();
    const start = async () => stack.use(await DaemonProcess.start(options));
    const run = { folder, start, daemon: await start() };
    await register(run.daemon, receiver.url);
    const shared = await watchThree(run.daemon, sandbox, "0", 6);
    run.daemon = await way.backUp(run);
    const lost = await watchThree(run.daemon, sandbox, idOf(shared, 5), 6);
    // A daemon that was killed may send one twice.
    await receiver.until((all) =>
      new Set(all.map(({ headers }) => headers["webhook-id"])).size === 12
    );
    run.daemon = await way.restore(run);

    for (const event of lost) {
      await assertRefused(run.daemon, formatEventId(event));
    }
    const other = await watchThree(run.daemon, sandbox, idOf(shared, 4), 7);
    for (const event of lost) {
      await assertRefused(run.daemon, formatEventId(event));
    }
    assertEquals(other[0], shared[5]);
    assertEquals(
      other.map(({ sequence }) => sequence),
      [6, 7, 8, 9, 10, 11, 12],
    );
    const ids = new Set([...lost, ...other.slice(1)].map(formatEventId));
    assertEquals(ids.size, 12);

    await receiver.until((all) =>
      other.slice(1).every((event) =>
        all.some(({ text }) => text.includes(JSON.stringify(event)))
      )
    );
    const named = new Map<string, string>();
    for (const { headers, text } of receiver.received) {
      const id = headers["webhook-id"]!;
      assertEquals(named.get(id) ?? text, text, `${id} names two events`);
      named.set(id, text);
    }
    assertEquals(named.size, 18);
  });
}

/** Watches three orders that do not end, each of which makes two events. */
async function watchThree(
  daemon: DaemonProcess,
  sandbox: Sandbox,
  after: string,
  count: number,
): Promise<StreamedEvent[]> {
  const orders = Array.from({ length: 3 }, () => ({
    id: sandbox.orders.place({
      localNumbers: { ordered: 1 },
      script: [{ after: 0, status: "PROCESSING" }],
    }),
  }));
  // A daemon that has just found out that its database was put back refuses
  // what was asked for before.
  for (;;) {
    const response = await daemon.fetch("/v1/orders", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ orders }),
    });
    const text = await response.text();
    if (response.ok) break;
    assertEquals(response.status, 503, text);
    await pause(100);
  }
  const reader = new EventReader(after);
  while (reader.events.length < count) {
    await reader.read(daemon, () => reader.events.length >= count);
  }
  const watched = new Set(orders.map(({ id }) => id));
  const own = reader.events.slice(-6);
  assert(own.every(({ watch }) => watched.has(watch.id)));
  return reader.events;
}

async function assertRefused(daemon: DaemonProcess, id: string): Promise<void> {
  const response = await daemon.fetch("/v1/events?follow=false", {
    headers: { "last-event-id": id },
  });
  const text = await response.text();
  assertEquals(response.status, 409, `${id}: ${text}`);
  const { code, detail } = JSON.parse(text);
  assertEquals(code, "unknown_event");
  assertStringIncludes(detail, `${id}: this database does not have it`);
}

function idOf(events: readonly StreamedEvent[], index: number): string {
  return formatEventId(events[index]!);
}
