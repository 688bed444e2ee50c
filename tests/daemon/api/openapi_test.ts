import { assert, assertEquals, assertRejects } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { PROBLEM_CODES } from "../../../daemon/api/problem.ts";
import { conformance } from "../../helpers/api/conformance.ts";
import { type ApiSetup, apiTest } from "../../helpers/api/testing.ts";

// deno-lint-ignore no-explicit-any -- an OpenAPI document has any shape
type Json = any;

async function documentOf({ json }: ApiSetup): Promise<Json> {
  return await json("GET", "/openapi.json");
}

/** Every operation of a document. */
function operations(document: Json): Json[] {
  return Object.values(document.paths).flatMap((path) =>
    Object.values(path as Json)
  );
}

apiTest("the document is OpenAPI 3.1", async (setup) => {
  const document = await documentOf(setup);
  const { valid, errors } = await new Validator().validate(document);
  assert(valid, JSON.stringify(errors));
  assertEquals(document.openapi, "3.1.0");
  assertEquals(document.info.title, "callfire-orders");
  assertEquals(document.info.version, "1.2.3");
  assertEquals(document.security, []);
});

apiTest("the document describes every route", async (setup) => {
  const { paths } = await documentOf(setup);
  assertEquals(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as Json).map((method) =>
        `${method.toUpperCase()} ${path}`
      )
    ).toSorted(),
    [
      "DELETE /v1/orders/{id}",
      "GET /-/healthy",
      "GET /-/ready",
      "GET /-/working",
      "GET /metrics",
      "GET /openapi.json",
      "GET /v1/events",
      "GET /v1/orders",
      "GET /v1/orders/{id}",
      "GET /v1/orders/{id}/history",
      "GET /v1/summary",
      "POST /v1/orders",
      "PUT /v1/orders/{id}",
    ],
  );
});

apiTest("the document names every operation and problem", async (setup) => {
  const document = await documentOf(setup);
  const all = operations(document);
  const ids = new Set(all.map(({ operationId }) => operationId));
  assertEquals(ids.size, all.length);
  const tags = document.tags.map(({ name }: Json) => name);
  for (const { operationId, summary, tags: [tag], responses } of all) {
    assert(operationId && summary && tags.includes(tag), operationId);
    for (const { description } of Object.values<Json>(responses)) {
      assert(description, operationId);
    }
  }
  assertEquals(
    document.components.schemas.Problem.properties.code.enum,
    PROBLEM_CODES,
  );
});

apiTest("the examples of the document are as it says", async (setup) => {
  const document = await documentOf(setup);
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, "openapi.json");
  let examples = 0;
  const look = (value: Json, pointer: string): void => {
    if (typeof value !== "object" || value === null) return;
    if ("example" in value) {
      const schema = value.schema ? `${pointer}/schema` : pointer;
      const isValid = ajv.validate(
        { $ref: `openapi.json#${encodeURI(schema)}` },
        value.example,
      );
      assert(isValid, `${pointer}: ${ajv.errorsText()}`);
      examples++;
    }
    for (const [key, part] of Object.entries(value)) {
      if (key === "example") continue;
      const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
      look(part, `${pointer}/${step}`);
    }
  };
  look(document, "");
  assert(examples > 20, `${examples} examples`);
});

apiTest(
  "an answer that is not as the document says is found out",
  async (setup) => {
    const document = await documentOf(setup);
    const { checkEvent, checkResponse } = conformance(document);
    await setup.watch("7");
    const good = await setup.call("GET", "/v1/orders/7");
    const order = await good.json();
    const answer = (body: unknown, init: ResponseInit = {}) =>
      new Response(body === null ? null : JSON.stringify(body), {
        ...init,
        headers: {
          "X-Request-Id": "a",
          "X-Content-Type-Options": "nosniff",
          "Content-Type": "application/json",
          ...init.headers,
        },
      });
    const { polls: _polls, ...short } = order;
    const path = "/v1/orders/7";
    await checkResponse("GET", path, answer(order));
    for (
      const [method, at, response] of [
        ["GET", path, answer(short)],
        ["GET", path, answer({ ...order, more: 1 })],
        ["GET", path, answer({ ...order, order: { ...order.order, more: 1 } })],
        ["GET", path, answer({ ...order, watchedAt: 5 })],
        ["GET", path, answer({ ...order, watchedAt: "yesterday" })],
        ["GET", path, answer({ ...order, outcome: "pending" })],
        ["GET", path, answer(order, { status: 202 })],
        ["GET", path, answer(order, { headers: { "X-Request-Id": "" } })],
        [
          "GET",
          path,
          answer(order, { headers: { "Content-Type": "text/html" } }),
        ],
        ["PUT", path, answer(order, { status: 201 })],
        ["GET", "/nothing", answer(order)],
        ["PATCH", path, answer(order)],
        [
          "GET",
          path,
          answer({ code: "order_not_found" }, {
            status: 404,
            headers: { "Content-Type": "application/problem+json" },
          }),
        ],
      ] as const
    ) {
      await assertRejects(() => checkResponse(method, at, response));
    }
    await assertRejects(async () => await checkEvent({ ...order }));
  },
);
