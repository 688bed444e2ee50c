import { assertEquals } from "@std/assert";
import { apiTest } from "../../helpers/api/testing.ts";

apiTest("a cache buster in a query counts as absent", async (setup) => {
  const { call, json, watch } = setup;
  await watch("7");
  for (
    const path of [
      "/v1/orders?_=1700000000000",
      "/v1/orders?_=&limit=5",
      "/v1/orders?state=watching&_=1&_=2",
      "/v1/orders/7?_=1",
      "/v1/orders/7/history?_=1",
      "/v1/summary?_=1",
      "/v1/webhooks?_=1",
    ]
  ) {
    const response = await call("GET", path);
    assertEquals(response.status, 200, path);
    await response.body?.cancel();
  }
  const { items } = await json("GET", "/v1/orders?label=a%20b%2B_%3D1&_=1");
  assertEquals(items, []);
  const { errors } = await json("GET", "/v1/orders?_=1&__=1");
  assertEquals(errors, [
    { path: "query", message: 'Unrecognized key: "__"' },
  ]);
}, { webhookHosts: "example.com" });

apiTest("a blank id of the last event counts as absent", async (setup) => {
  const { follow, store, watch } = setup;
  await watch("7");
  const epoch = await store.epochOf(2);
  for (
    const [id, query] of [
      ["", ""],
      ["  ", ""],
      [undefined, "?lastEventId="],
      [undefined, "?lastEventId"],
      ["", "?lastEventId=&_=5"],
    ] as const
  ) {
    const headers = id === undefined ? {} : { "Last-Event-ID": id };
    const reader = await follow({ headers }, query);
    assertEquals(reader.lastEventId, `${epoch}-2`, query);
    await reader.close();
  }
  // The other one counts.
  const reader = await follow(
    { headers: { "Last-Event-ID": "" } },
    `?lastEventId=${epoch}-1&_=5`,
  );
  assertEquals((await reader.take(1))[0]?.data.sequence, 2);
  await reader.close();
});

apiTest("a blank part of a query that means something is refused", async (
  { json },
) => {
  // A blank label is a label.
  assertEquals((await json("GET", "/v1/orders?label=")).items, []);
  for (const name of ["limit", "cursor", "state", "outcome"]) {
    const { code, errors } = await json("GET", `/v1/orders?${name}=`);
    assertEquals([code, errors[0].path], ["invalid_request", `query.${name}`]);
  }
  const { errors } = await json("GET", "/v1/orders/7?wait=");
  assertEquals(errors[0].path, "query.wait");
});
