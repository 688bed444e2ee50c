import { assert, assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import {
  checkConservation,
  Ledger,
  readMetric,
} from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";

const TOKEN = "a-token-of-the-daemon";

/** An order that has ended by the first time that it is asked for. */
const ENDED = {
  localNumbers: { ordered: 1 },
  script: [{ after: 0, status: "ERRORED" }],
};

/** A request, and what it is to be answered with. */
type Exchange = [method: string, path: string, status: number, body?: unknown];

test("a running daemon serves every route", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      env: { API_TOKEN: TOKEN },
    });
    const [one, two] = [
      sandbox.orders.place(ENDED),
      sandbox.orders.place(ENDED),
    ];
    const ledger = new Ledger();
    const reader = new EventReader();
    /** Sends a request; its answer is as the document says, and as is told. */
    const send = async ([method, path, status, body]: Exchange) => {
      const response = await daemon.fetch(path, {
        method,
        ...(body !== undefined && {
          body: typeof body === "string" ? body : JSON.stringify(body),
          headers: { "content-type": "application/json" },
        }),
      });
      const text = await response.text();
      assertEquals(response.status, status, `${method} ${path}: ${text}`);
      return text.startsWith("{") ? JSON.parse(text) : text;
    };

    assert(await ledger.watch(daemon, one));
    assertEquals(
      await send(["POST", "/v1/orders", 200, {
        orders: [{ id: one }, { id: two, label: "two" }, { id: two }],
      }]),
      { created: 1, existing: 2 },
    );
    ledger.watched.add(two);
    for (const id of [one, two]) {
      const path = `/v1/orders/${id}?wait=55`;
      assertEquals((await send(["GET", path, 200])).outcome, "errored");
    }
    assertEquals(
      (await send(["PUT", `/v1/orders/${one}`, 200, { label: "one" }])).label,
      "one",
    );
    const labelled =
      "/v1/orders?state=settled&outcome=errored&label=two&limit=1";
    const { items, nextCursor } = await send(["GET", labelled, 200]);
    assertEquals([items.length, items[0].id, nextCursor], [1, two, null]);
    const history = await send(["GET", `/v1/orders/${one}/history`, 200]);
    assertEquals(
      history.items.map(({ type }: { type: string }) => type),
      ["order.watched", "order.settled", "order.changed"],
    );
    assertEquals((await send(["GET", "/v1/summary", 200])).orders.settled, 2);
    assertEquals(await send(["GET", "/-/healthy", 200]), "healthy\n");
    assertEquals(await send(["GET", "/-/ready", 200]), "ready\n");
    assertEquals(await send(["GET", "/-/working", 200]), "working\n");
    assert((await send(["GET", "/", 200])).includes("<html"));
    assert(await ledger.remove(daemon, two));
    await reader.read(
      daemon,
      () => reader.events.at(-1)?.type === "order.removed",
    );

    const problems: [Exchange, code: string][] = [
      [["GET", "/v1/nothing", 404], "route_not_found"],
      [["PATCH", `/v1/orders/${one}`, 405], "method_not_allowed"],
      [["GET", `/v1/orders/${two}`, 404], "order_not_found"],
      [["GET", "/v1/orders/7/history", 404], "order_not_found"],
      [["DELETE", `/v1/orders/${two}`, 404], "order_not_found"],
      [["GET", "/v1/orders?limit=0", 400], "invalid_request"],
      [["PUT", "/v1/orders/0", 400], "invalid_request"],
      [["POST", "/v1/orders", 400, { orders: [] }], "invalid_request"],
      [["POST", "/v1/orders", 400, "{"], "invalid_json"],
      [["POST", "/v1/orders", 413, " ".repeat(11 << 20)], "body_too_large"],
      [["GET", "/v1/events?lastEventId=1000", 409], "unknown_event"],
    ];
    for (const [exchange, code] of problems) {
      assertEquals((await send(exchange)).code, code);
    }
    const stranger = await daemon.fetch("/v1/orders", {
      headers: { authorization: `Bearer ${TOKEN}x` },
    });
    assertEquals(stranger.status, 401);
    assertEquals((await stranger.json()).code, "unauthorized");

    await checkConservation(daemon, ledger, reader);
    // By its own count, nothing that its document describes was left out.
    const { paths } = await send(["GET", "/openapi.json", 200]);
    const counts = await readMetric(
      daemon,
      "http_request_duration_seconds_count",
    );
    for (const [route, operations] of Object.entries<object>(paths)) {
      for (const [name, { responses }] of Object.entries(operations)) {
        for (const status of Object.keys(responses)) {
          if (!status.startsWith("2")) continue;
          const labels =
            `method="${name.toUpperCase()}",route="${route}",status="${status}"`;
          assert((counts.get(labels) ?? 0) > 0, `not asked for: ${labels}`);
        }
      }
    }
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));
