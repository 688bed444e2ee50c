import { assertEquals } from "@std/assert";
import { METRICS } from "../../../daemon/metrics.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  makeMetrics,
  type Setup,
} from "../../helpers/daemon/metrics_testing.ts";

const ROUTES = [
  { method: "GET", route: "/v1/orders/{id}", statuses: [200, 404] },
  { method: "PUT", route: "/v1/orders/{id}", statuses: [200, 201] },
  { method: "GET", route: "/", statuses: [200] },
];

/** How many requests were counted, by method, route and status. */
async function counts({ samples }: Setup): Promise<Record<string, number>> {
  const pattern =
    /^http_request_duration_seconds_count\{method="(.*)",route="(.*)",status="(.*)"\}$/;
  return Object.fromEntries(
    [...await samples()].flatMap(([series, value]) => {
      const match = pattern.exec(series);
      return match ? [[match.slice(1).join(" "), value]] : [];
    }),
  );
}

test("requests: a series for all that the routes can answer, at 0", async () => {
  const setup = makeMetrics();
  assertEquals(await counts(setup), {});
  setup.metrics.serves(ROUTES, [401, 404]);
  assertEquals(await counts(setup), {
    "GET / 200": 0,
    "GET /v1/orders/{id} 200": 0,
    "GET /v1/orders/{id} 404": 0,
    "PUT /v1/orders/{id} 200": 0,
    "PUT /v1/orders/{id} 201": 0,
    "GET unmatched 401": 0,
    "GET unmatched 404": 0,
    "PUT unmatched 401": 0,
    "PUT unmatched 404": 0,
    "OTHER unmatched 401": 0,
    "OTHER unmatched 404": 0,
  });
});

test("requests: they are counted by route and status, in seconds", async () => {
  const setup = makeMetrics();
  setup.metrics.serves(ROUTES);
  const [method, route] = ["GET", "/v1/orders/{id}"];
  setup.metrics.requested({ method, route, status: 200, duration: 20_000 });
  setup.metrics.requested({ method, route, status: 200, duration: 4 });
  setup.metrics.requested({ method, route, status: 500, duration: 1 });
  setup.metrics.requested({ method: "HEAD", route, status: 404, duration: 1 });
  const counted = Object.entries(await counts(setup))
    .filter(([, count]) => count > 0);
  assertEquals(Object.fromEntries(counted), {
    "GET /v1/orders/{id} 200": 2,
    "GET /v1/orders/{id} 404": 1,
    "GET /v1/orders/{id} 500": 1,
  });
  const labels = 'method="GET",route="/v1/orders/{id}",status="200"';
  const samples = await setup.samples();
  const bucket = (le: string) =>
    samples.get(
      `http_request_duration_seconds_bucket{le="${le}",${labels}}`,
    );
  assertEquals(bucket("0.0025"), 0);
  assertEquals(bucket("0.005"), 1);
  assertEquals(bucket("10"), 1);
  assertEquals(bucket("20"), 2);
  assertEquals(
    samples.get(`http_request_duration_seconds_sum{${labels}}`),
    20.004,
  );
});

test("requests: no path and no method that anyone sends is a label", async () => {
  const setup = makeMetrics();
  const { metrics } = setup;
  metrics.serves(ROUTES);
  const before = Object.keys(await counts(setup));
  for (let index = 0; index < 100; index++) {
    for (const method of ["GET", "PUT", "DELETE", "get", `X${index}`, '"\n']) {
      const route = `/${"../../".repeat(index)}${method}{id}`;
      metrics.requested({ method, route, status: 404, duration: 1 });
    }
  }
  metrics.requested({ method: "DELETE", route: "/", status: 404, duration: 1 });
  const after = await counts(setup);
  assertEquals(Object.keys(after), before);
  assertEquals(after["GET unmatched 404"], 100);
  assertEquals(after["PUT unmatched 404"], 100);
  assertEquals(after["OTHER unmatched 404"], 401);
});

test("requests: without any route all of them are unmatched", async () => {
  const setup = makeMetrics();
  const [method, route] = ["GET", "/v1/orders/{id}"];
  setup.metrics.requested({ method, route, status: 503, duration: 1 });
  assertEquals(await counts(setup), { "OTHER unmatched 503": 1 });
});

test("requests: the longest wait is within the buckets", () => {
  assertEquals(METRICS.httpRequestDuration.buckets.at(-1), 60);
});
