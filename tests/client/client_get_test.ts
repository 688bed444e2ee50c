import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  AccessDeniedError,
  ApiError,
  AuthenticationError,
  CallFireError,
  MalformedResponseError,
  NumberOrderNotFoundError,
  RateLimitError,
  ServerError,
} from "../../mod.ts";
import { exceptionXml, orderXml } from "../sandbox/order_xml.ts";
import { startRawServer } from "../helpers/client/raw_server.ts";
import { clientTest, reasonOf, type Setup } from "../helpers/client/testing.ts";

clientTest("an order is read whole", async ({ callfire, sandbox }) => {
  const id = sandbox.orders.place({
    created: "2014-12-17T12:25:36Z",
    localNumbers: { ordered: 1, unitCost: 1.5 },
    keywords: { ordered: 2, unitCost: 4 },
    script: [{
      after: 0,
      status: "FINISHED",
      fulfilled: {
        localNumbers: ["12135550142"],
        keywords: ["YELLOWTAXI", "ORANGEBROADSWORD"],
      },
    }],
  });
  assertEquals(await callfire.getNumberOrder(id), {
    id,
    status: "FINISHED",
    created: new Date("2014-12-17T12:25:36Z"),
    totalCost: 9.5,
    localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: ["12135550142"] },
    keywords: {
      ordered: 2,
      unitCost: 4,
      fulfilled: ["YELLOWTAXI", "ORANGEBROADSWORD"],
    },
  });
});

clientTest("a status that is not known is kept as it came", async (
  { callfire, sandbox },
) => {
  const script = [{ after: 0, status: "ON_HOLD" }];
  const id = sandbox.orders.place({ script });
  assertEquals((await callfire.getNumberOrder(id)).status, "ON_HOLD");
});

/** Asks for a new order, and answers what is wrong with it. */
async function fault({ callfire, sandbox }: Setup): Promise<CallFireError> {
  const error = await reasonOf(
    callfire.getNumberOrder(sandbox.orders.place({})),
  );
  assertInstanceOf(error, CallFireError);
  return error;
}

type Expected = [
  number,
  abstract new (...args: never) => Error,
  string,
  boolean,
];

const STATUSES: Expected[] = [
  [201, ApiError, "client_error", false],
  [204, ApiError, "client_error", false],
  [206, ApiError, "client_error", false],
  [302, ApiError, "client_error", false],
  [304, ApiError, "client_error", false],
  [400, ApiError, "client_error", false],
  [401, AuthenticationError, "unauthorized", false],
  [402, ApiError, "client_error", false],
  [403, AccessDeniedError, "forbidden", false],
  [404, NumberOrderNotFoundError, "not_found", false],
  [406, ApiError, "client_error", false],
  [408, ServerError, "server_error", true],
  [429, RateLimitError, "rate_limited", true],
  [499, ApiError, "client_error", false],
  [500, ServerError, "server_error", true],
  [501, ServerError, "server_error", true],
  [502, ServerError, "server_error", true],
  [503, ServerError, "server_error", true],
  [504, ServerError, "server_error", true],
  [599, ServerError, "server_error", true],
];

clientTest("each status has its class, code and message", async (setup) => {
  for (const [status, Class, code, retryable] of STATUSES) {
    setup.sandbox.faults.add({ kind: "status", status, message: "Oh & no" });
    const error = await fault(setup);
    assertStrictEquals(error.constructor, Class);
    assertEquals(error.name, Class.name);
    assertEquals(
      [error.code, error.retryable, error.status, error.retryAfter],
      [code, retryable, status, undefined],
    );
    // These two have no body.
    const message = [204, 304].includes(status) ? undefined : "Oh & no";
    assertEquals(error.serverMessage, message);
    const said = message ? ' and said "Oh & no"' : "";
    assertStringIncludes(
      error.message,
      `': CallFire answered ${status}${said}; `,
    );
  }
});

clientTest("a wrong password is an AuthenticationError", async (
  { connect, sandbox },
) => {
  const callfire = connect({ password: "another" });
  const error = await reasonOf(
    callfire.getNumberOrder(sandbox.orders.place({})),
  );
  assertInstanceOf(error, AuthenticationError);
  assertEquals(error.serverMessage, "Credentials are missing or wrong");
});

clientTest("an order that is not there is not found", async ({ callfire }) => {
  const error = await reasonOf(callfire.getNumberOrder(5));
  assertInstanceOf(error, NumberOrderNotFoundError);
  assertEquals(
    error.message,
    `Cannot get order '5': CallFire answered 404 and said "Not Found"; ` +
      "check the order's id and whose account it is in",
  );
});

/** The bodies of a fault, and the message that each of them holds. */
const FAULT_BODIES: [string, string | undefined][] = [
  ["", undefined],
  ["Bad Gateway", undefined],
  ["<!doctype html><html><h1>Bad Gateway", undefined],
  ["<html><h1>Bad Gateway</h1></html>", undefined],
  [exceptionXml(502, "cut").slice(0, 200), undefined],
  [exceptionXml(502, ""), undefined],
  [exceptionXml(502, " \n "), undefined],
  [exceptionXml(502, "é ".repeat(600)), "é ".repeat(250)],
  [exceptionXml(502, "plain").replace(/<r:HttpStatus>.*\n/, ""), "plain"],
  [
    exceptionXml(502, "plain").replaceAll("r:", "other:")
      .replace("xmlns:r", "xmlns:other"),
    "plain",
  ],
];

clientTest("a fault is told by its status, whatever its body is", async (
  setup,
) => {
  for (const [body, message] of FAULT_BODIES) {
    const contentType = "text/html";
    setup.sandbox.faults.add({ kind: "body", status: 502, body, contentType });
    const error = await fault(setup);
    assertInstanceOf(error, ServerError);
    assertEquals(error.status, 502);
    assertEquals(error.serverMessage, message);
  }
});

const ORDER = orderXml({
  id: "5",
  status: "NEW",
  created: "2014-12-17T12:25:36Z",
  totalCost: 0,
  visible: true,
});

/** Bodies under the status 200 that are not the order that was asked for. */
const MALFORMED: [string, string][] = [
  ["", "expected an XML document, but saw nothing"],
  ["<!doctype html><html></html>", 'but saw "<!doctype html>'],
  ["<html><body>Welcome</body></html>", "but saw "],
  [
    exceptionXml(500, "It broke"),
    "expected an order, not a fault under the status 200, but saw " +
    '"It broke"',
  ],
  [ORDER, "expected a NumberOrder with the id '"],
  [ORDER.slice(0, -20), "but saw "],
  ["{}", 'but saw "{}"'],
];

clientTest("an answer that is not the order is malformed", async (setup) => {
  for (const [body, why] of MALFORMED) {
    setup.sandbox.faults.add({ kind: "body", body });
    const error = await fault(setup);
    assertInstanceOf(error, MalformedResponseError);
    assertEquals(
      [error.code, error.retryable, error.status],
      ["malformed", true, 200],
    );
    assertStringIncludes(error.message, why);
  }
});

clientTest("an answer without an announced length is read to its end", async (
  { clock, connect },
) => {
  for (const cut of [0, 1, 100]) {
    await using server = await startRawServer(({ say }) =>
      say(`HTTP/1.0 200 OK\r\n\r\n${ORDER.slice(0, ORDER.length - 1 - cut)}`)
    );
    const callfire = connect({ baseUrl: server.url });
    const asked = callfire.getNumberOrder(5);
    if (cut === 0) assertEquals((await asked).id, "5");
    else assertInstanceOf(await reasonOf(asked), MalformedResponseError);
    await clock.advance(1000);
  }
});

clientTest("Retry-After is read in all its forms", async ({ connect }) => {
  const noon = "Tue, 01 Jan 2030 12:00:";
  const forms: [string, number | undefined][] = [
    ["Retry-After: 7", 7000],
    [`Date: ${noon}03 GMT\r\nRetry-After: ${noon}10 GMT`, 7000],
    ["Retry-After: Tue, 01 Jan 2030 12:00:07 GMT", 7000],
    ["Retry-After: Tuesday, 01-Jan-30 12:00:07 GMT", 7000],
    ["Retry-After: Tue Jan  1 12:00:07 2030", 7000],
    ["Retry-After: Tue, 01 Jan 2030 11:59:59 GMT", 0],
    ["Retry-After: 3600", 3_600_000],
    ["Retry-After: 3601", 3_600_000],
    ["Retry-After: 999999999", 3_600_000],
    [`Retry-After: ${"9".repeat(400)}`, 3_600_000],
    ["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
    [
      `Date: ${noon}03 GMT\r\nRetry-After: Tue, 01 Jan 2030 23:00:00 GMT`,
      3_600_000,
    ],
    // The clock of the server is wrong by years: its own date says by how much.
    [
      "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" +
      "Retry-After: Thu, 01 Jan 1970 00:00:07 GMT",
      7000,
    ],
    ["Retry-After: Thu, 01 Jan 1970 00:00:07 GMT", 0],
    ["Retry-After: -5", undefined],
    ["Retry-After: 1.5", undefined],
    ["Retry-After: ", undefined],
    ["Retry-After: 5, 7", undefined],
    ["Retry-After: soon", undefined],
    ["X: y", undefined],
  ];
  for (const status of [429, 503, 404]) {
    for (const [headers, retryAfter] of forms) {
      await using server = await startRawServer(({ say }) =>
        say(`HTTP/1.1 ${status} No\r\n${headers}\r\nContent-Length: 0\r\n\r\n`)
      );
      const callfire = connect({ baseUrl: server.url });
      const error = await reasonOf(callfire.getNumberOrder(5));
      assertInstanceOf(error, CallFireError);
      assertEquals([error.status, error.retryAfter], [status, retryAfter]);
    }
  }
});
