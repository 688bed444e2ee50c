import { assert, assertEquals } from "@std/assert";
import { apiTest } from "../../helpers/api/testing.ts";

apiTest("a request's id is taken if it is harmless", async ({ call }) => {
  const idOf = async (id: string) => {
    const response = await call("GET", "/-/healthy", {
      headers: { "X-Request-Id": id },
    });
    await response.body?.cancel();
    return response.headers.get("X-Request-Id");
  };
  for (const id of ["a", "4bf92f35-77b3", "a_b=", "x".repeat(255)]) {
    assertEquals(await idOf(id), id);
  }
  const made = new Set<string | null>();
  for (const id of ["", "a b", "a;b", "<a>", "é", "x".repeat(256), "a/b"]) {
    made.add(await idOf(id));
    assert(!made.has(id), id);
  }
  assertEquals(made.size, 7);
});

apiTest("405 names the methods that there are", async ({ call }) => {
  for (
    const [method, path, allow] of [
      ["POST", "/v1/orders/7", "PUT, DELETE, GET, HEAD"],
      ["OPTIONS", "/v1/orders", "POST, GET, HEAD"],
      ["DELETE", "/v1/orders/7/history", "GET, HEAD"],
      ["POST", "/v1/events", "GET, HEAD"],
      ["PUT", "/metrics", "GET, HEAD"],
      ["POST", "/-/ready", "GET, HEAD"],
    ] as const
  ) {
    const response = await call(method, path);
    assertEquals(response.status, 405, `${method} ${path}`);
    assertEquals(response.headers.get("Allow"), allow);
    await response.body?.cancel();
  }
});

apiTest("what is nowhere is not found, whatever the method", async (setup) => {
  for (
    const path of [
      "/",
      "/nothing",
      "/v1",
      "/v1/",
      "/v1/orders/",
      "/v1/orders/7/",
      "/v1/orders/7/nothing",
      "//v1/orders",
      "/V1/orders",
      "/v1/orders%2F7",
      "/-/",
      "/__proto__",
    ]
  ) {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
      const response = await setup.call(method, path);
      assertEquals(response.status, 404, `${method} ${path}`);
      await response.body?.cancel();
    }
  }
});

apiTest("every answer has headers that keep browsers safe", async (setup) => {
  const { call } = setup;
  for (const path of ["/v1/orders", "/v1/orders/a", "/metrics", "/nothing"]) {
    const { body, headers } = await call("GET", path);
    await body?.cancel();
    assertEquals(
      headers.get("Content-Security-Policy"),
      "default-src 'none'; frame-ancestors 'none'",
    );
    assertEquals(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
    assertEquals(headers.get("Cache-Control"), "no-store");
  }
});
