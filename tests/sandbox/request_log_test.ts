import { assertEquals } from "@std/assert";
import { RequestLog } from "./request_log.ts";
import { ask, order, sandboxTest, until, withSingleUse } from "./testing.ts";

const ARRIVAL = {
  order: null,
  method: "GET",
  path: "/",
  accept: null,
  contentType: null,
  authorizationOk: true,
  isConnectionReused: false,
};

sandboxTest("each request is noted", async (sandbox) => {
  const id = sandbox.orders.place({});
  const { requests } = sandbox;
  await withSingleUse(async (client) => {
    const headers = { authorization: "" };
    await (await ask(sandbox, id, { client })).text();
    await (await ask(sandbox, "x", { client, headers })).text();
    await (await order(sandbox, { Keywords: "TAXI" }, { client })).text();
    await (await fetch(`${sandbox.url}/sandbox`, { client })).text();
  });
  await until(() => requests.entries().every(({ answeredAt }) => answeredAt));
  const path = "/api/1.1/rest/number/order";
  const noted = requests.entries().map((entry) => ({ ...entry, ...TIMES }));
  assertEquals(noted, [{
    order: id,
    method: "GET",
    path: `${path}/${id}`,
    accept: "application/xml",
    contentType: null,
    authorizationOk: true,
    isConnectionReused: false,
    status: 200,
    ...TIMES,
  }, {
    order: null,
    method: "GET",
    path: `${path}/x`,
    accept: "application/xml",
    contentType: null,
    authorizationOk: false,
    isConnectionReused: false,
    status: 401,
    ...TIMES,
  }, {
    order: null,
    method: "POST",
    path,
    accept: "*/*",
    contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    authorizationOk: true,
    isConnectionReused: false,
    status: 201,
    ...TIMES,
  }]);
  assertEquals(requests.entries(id).length, 1);
}, { requestNow: () => 7 });

const TIMES = { arrivedAt: 7, answeredAt: 7 };

sandboxTest("a connection that is used again is noted", async (sandbox) => {
  const { hostname, port } = new URL(sandbox.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request =
    "GET /api/1.1/rest/number/order/1 HTTP/1.1\r\nHost: x\r\n\r\n";
  await connection.write(new TextEncoder().encode(request.repeat(3)));
  const { requests } = sandbox;
  await until(() => requests.count === 3);
  assertEquals(
    requests.entries().map(({ isConnectionReused }) => isConnectionReused),
    [false, true, true],
  );
});

sandboxTest("nothing is kept where nothing is to be", async (sandbox) => {
  await (await ask(sandbox, "1")).text();
  assertEquals(sandbox.requests.entries(), []);
  assertEquals(sandbox.requests.count, 1);
}, { recordRequests: false });

Deno.test("request log: the newest are kept, all gaps count", () => {
  let time = 0;
  const log = new RequestLog(() => time, 3);
  const arrive = (at: number, order: string | null) => {
    time = at;
    return log.arrived({ ...ARRIVAL, order });
  };
  assertEquals(log.smallestGap(), Infinity);
  arrive(0, "1");
  arrive(1, "2");
  arrive(2, null);
  assertEquals(log.smallestGap(), Infinity);
  arrive(100, "1");
  arrive(150, "1");
  arrive(1150, "1");
  const last = arrive(2000, "2");
  assertEquals(log.entries().map((entry) => entry.arrivedAt), [
    150,
    1150,
    2000,
  ]);
  assertEquals(log.entries("1").map((entry) => entry.arrivedAt), [150, 1150]);
  assertEquals(log.count, 7);
  assertEquals(log.smallestGap("1"), 50);
  assertEquals(log.smallestGap("2"), 1999);
  assertEquals(log.smallestGap("3"), Infinity);
  assertEquals(log.smallestGap(), 50);
  log.answered(last, 200);
  assertEquals([last.answeredAt, last.status], [2000, 200]);
  log.clear();
  assertEquals([log.count, log.entries().length], [0, 0]);
  assertEquals([log.smallestGap(), log.smallestGap("1")], [
    Infinity,
    Infinity,
  ]);
  arrive(2001, "2");
  assertEquals(log.smallestGap("2"), Infinity);
});
