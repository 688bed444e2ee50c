import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { ApiError, CallFireClient, NetworkError } from "../../../mod.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { authorization, until } from "../../sandbox/testing.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import {
  clientTest,
  credentials,
  fetchWith,
  reasonOf,
  type Setup,
  test,
} from "../../helpers/client/testing.ts";

const LOGIN = "Käthe";
const PASSWORD = "Pässwort: 5 €, 電話 😀";

test("a question is a GET with Basic in UTF-8 and nothing to spare", async () => {
  await using server = await startRawServer(({ say }) =>
    say("HTTP/1.1 404 No\r\n")
  );
  const callfire = new CallFireClient({
    login: LOGIN,
    password: PASSWORD,
    baseUrl: `${server.url}/api/1.1/rest`,
  });
  await reasonOf(callfire.getNumberOrder("1642251003"));
  const [request = ""] = server.requests;
  const [line, ...headers] = request.trim().split("\r\n");
  assertEquals(line, "GET /api/1.1/rest/number/order/1642251003 HTTP/1.1");
  assertEquals(Object.fromEntries(headers.map((line) => line.split(": "))), {
    "Accept": "application/xml",
    "Accept-Encoding": "gzip",
    "Authorization": authorization(LOGIN, PASSWORD),
    "Connection": "keep-alive",
    "Content-Type": "application/xml",
    "Host": new URL(server.url).host,
    "User-Agent": navigator.userAgent,
  });
});

test("a login and a password beyond ASCII are understood", async () => {
  const options = { login: LOGIN, password: PASSWORD };
  await using sandbox = await startSandbox(options);
  const id = sandbox.orders.place({});
  const callfire = new CallFireClient(credentials(sandbox));
  assertEquals((await callfire.getNumberOrder(id)).id, id);
  const [request] = sandbox.requests.entries();
  assertEquals(request?.method, "GET");
  assertEquals(request?.accept, "application/xml");
  assertEquals(request?.contentType, "application/xml");
  assert(request?.authorizationOk);
});

clientTest("a request is sent once, even if its connection breaks", async (
  { callfire, sandbox },
) => {
  const { faults, orders, requests } = sandbox;
  await callfire.getNumberOrder(orders.place({}));
  requests.clear();
  faults.add({ kind: "reset" });
  const error = await reasonOf(callfire.getNumberOrder(orders.place({})));
  assertInstanceOf(error, NetworkError);
  assertEquals(requests.count, 1);
});

clientTest("a fetch of one's own is used", async ({ connect, sandbox }) => {
  using http = Deno.createHttpClient({});
  const callfire = connect({ fetch: fetchWith(http) });
  const ids = [sandbox.orders.place({}), sandbox.orders.place({})];
  for (const id of ids) {
    assertEquals((await callfire.getNumberOrder(id)).id, id);
  }
  // Both questions went over one connection, as this fetch has it.
  assertEquals(sandbox.connections(), 1);
});

clientTest("no redirect is followed, to no host", async (
  { callfire, sandbox },
) => {
  await using other = await startSandbox();
  const { orders, faults, requests } = sandbox;
  for (const base of [sandbox.baseUrl, other.baseUrl]) {
    for (const status of [300, 301, 302, 303, 305, 307, 308]) {
      const id = orders.place({});
      const location = `${base}/number/order/1`;
      faults.add({ kind: "redirect", status, location });
      requests.clear();
      const error = await reasonOf(callfire.getNumberOrder(id));
      assertInstanceOf(error, ApiError);
      assertEquals(
        [error.code, error.status, error.retryable],
        ["client_error", status, false],
      );
      assertEquals(
        error.message,
        `Cannot get order '${id}': CallFire answered ${status}; a redirect ` +
          `to "${location.slice(0, 60)}${location[60] ? "…" : ""}" is not ` +
          "followed, check the base URL",
      );
      assertEquals(requests.count, 1);
    }
  }
  assertEquals(other.requests.count, 0);
  assertEquals(other.connections(), 0);
});

test("a redirect that a fetch hides is none that is followed", async () => {
  const callfire = new CallFireClient({
    login: LOGIN,
    password: PASSWORD,
    fetch: () => Promise.resolve(Response.error()),
  });
  const error = await reasonOf(callfire.getNumberOrder(5));
  assertInstanceOf(error, ApiError);
  assertEquals(error.status, undefined);
  assertStringIncludes(error.message, "a redirect is not followed");
});

/** Asks for a new order, and tells what is wrong with the network. */
async function networkError(
  { sandbox, callfire }: Pick<Setup, "sandbox" | "callfire">,
): Promise<NetworkError> {
  const id = sandbox.orders.place({});
  const error = await reasonOf(callfire.getNumberOrder(id));
  assertInstanceOf(error, NetworkError);
  assertEquals([error.code, error.retryable], ["network", true]);
  assertEquals(error.status, undefined);
  assertStringIncludes(
    error.message,
    `Cannot get order '${id}': no complete answer from http`,
  );
  assertInstanceOf(error.cause, Error);
  return error;
}

clientTest("a connection that is reset is a NetworkError", async (setup) => {
  setup.sandbox.faults.add({ kind: "reset" });
  await networkError(setup);
  assertEquals(setup.sandbox.requests.count, 1);
});

clientTest("an answer that is cut is a NetworkError", async (setup) => {
  for (const at of [0, 1, 100, 300]) {
    setup.sandbox.faults.add({ kind: "cut", at });
    await networkError(setup);
  }
});

clientTest("an answer in chunks that breaks off is a NetworkError", async (
  { connect, sandbox },
) => {
  await using server = await startRawServer(async ({ say }) => {
    await say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    await say("6\r\n<?xml \r\n");
  });
  const callfire = connect({ baseUrl: server.url });
  await networkError({ sandbox, callfire });
});

clientTest("a connection that is refused is a NetworkError", async (setup) => {
  const { baseUrl } = setup.sandbox;
  await setup.sandbox.close();
  const { message } = await networkError(setup);
  assertStringIncludes(message, `no complete answer from ${baseUrl}: `);
});

const OK = "HTTP/1.1 200 OK\r\n";

/** What a correct server does not say. */
const NO_HTTP = [
  "SSH-2.0-x\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nHello`,
  // In the same piece as the headers, so before anyone reads the body.
  `${OK}Transfer-Encoding: chunked\r\n\r\nno number\r\n`,
  `${OK}X: ${"x".repeat(20_000)}\r\n\r\n`,
  `${OK}${"X: x\r\n".repeat(20_000)}\r\n`,
];

clientTest("what is no HTTP is a NetworkError", async (
  { connect, sandbox },
) => {
  for (const words of NO_HTTP) {
    await using server = await startRawServer(async ({ say }) => {
      await say(words);
      return "keep";
    });
    const callfire = connect({ baseUrl: server.url });
    await networkError({ sandbox, callfire });
    await until(() => server.connections() === 0);
  }
});

clientTest("a port without TLS is a NetworkError", async (
  { connect, sandbox },
) => {
  const baseUrl = sandbox.baseUrl.replace("http:", "https:");
  const callfire = connect({ baseUrl });
  await networkError({ sandbox, callfire });
});

Deno.test({
  name: "a permission that is missing is told as Deno tells it",
  permissions: { net: false },
  fn: async () => {
    const callfire = new CallFireClient({ login: LOGIN, password: PASSWORD });
    const error = await reasonOf(callfire.waitForNumberOrder(5));
    assertInstanceOf(error, Deno.errors.NotCapable);
    assertEquals(
      error.message,
      'Requires net access to "www.callfire.com:443", run again with the ' +
        "--allow-net flag",
    );
  },
});
