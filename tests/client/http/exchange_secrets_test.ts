import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Buffer } from "node:buffer";
import { CallFireClient, CallFireError } from "../../../mod.ts";
import type { Fault } from "../../sandbox/faults.ts";
import { exceptionXml } from "../../sandbox/order_xml.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { authorization } from "../../sandbox/testing.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { credentials, reasonOf, test } from "../../helpers/client/testing.ts";

const LOGIN = "marked-login";
/** Each way to write it down writes it differently. */
const PASSWORD = `Mark3d&<é"\\>`;
const HEADER = authorization(LOGIN, PASSWORD);

/** How the credentials may be written down. */
const FORMS = [
  PASSWORD,
  PASSWORD.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
  JSON.stringify(PASSWORD).slice(1, -1),
  PASSWORD.replaceAll("\\", "\\\\"),
  encodeURIComponent(PASSWORD),
  HEADER,
  HEADER.slice("Basic ".length),
  authorization(LOGIN, PASSWORD).slice("Basic ".length, -4),
  // The start of it, before any character that is written in another way.
  "Mark3d",
];

/** Whatever a log, a console or a debugger might show of a value. */
function everything(value: unknown): string {
  const inspected = Deno.inspect(value, {
    depth: 100,
    showHidden: true,
    getters: true,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
  });
  let text = `${inspected} ${value} ${JSON.stringify(value)}`;
  for (let error = value; error instanceof Error; error = error.cause) {
    text += [error.message, error.stack, JSON.stringify(error)].join(" ");
  }
  return text;
}

function assertNoSecret(value: unknown): void {
  const text = everything(value);
  const shown = FORMS.find((form) => text.includes(form));
  assertEquals(shown, undefined, `a secret was shown in ${text}`);
}

test("a client shows nothing of its credentials", () => {
  const callfire = new CallFireClient({ login: LOGIN, password: PASSWORD });
  assertNoSecret(callfire);
  assertNoSecret(callfire.watchNumberOrder(5));
  assertNoSecret(Object.getOwnPropertyDescriptors(callfire));
});

/** Answers that say the credentials back in one way or another. */
const FAULTS: Fault[] = [
  { kind: "reset" },
  { kind: "cut", at: 10 },
  { kind: "status", status: 401, message: PASSWORD },
  { kind: "status", status: 401, message: `no user ${LOGIN}:${PASSWORD}` },
  { kind: "status", status: 403, message: HEADER },
  { kind: "status", status: 404, message: encodeURIComponent(PASSWORD) },
  { kind: "status", status: 500, message: JSON.stringify([PASSWORD]) },
  { kind: "status", status: 500, message: `${"-".repeat(493)}${PASSWORD}` },
  { kind: "status", status: 429, retryAfter: encodeURIComponent(PASSWORD) },
  { kind: "status", status: 502, body: PASSWORD },
  { kind: "redirect", location: `/?p=${encodeURIComponent(PASSWORD)}` },
  { kind: "redirect", location: `/?a=${encodeURIComponent(HEADER)}` },
  { kind: "redirect", location: `/${"x".repeat(50)}?${btoa("Mark3d")}` },
  { kind: "body", body: PASSWORD },
  { kind: "body", body: HEADER },
  { kind: "body", body: `${"-".repeat(50)}${PASSWORD}` },
  { kind: "body", body: `<html><p>${HEADER}</p></html>` },
  { kind: "body", body: exceptionXml(500, PASSWORD) },
  { kind: "body", body: exceptionXml(500, `${"-".repeat(55)}${PASSWORD}`) },
];

test("no error holds the credentials that a server says back", async () => {
  const options = { login: LOGIN, password: PASSWORD };
  await using sandbox = await startSandbox(options);
  const callfire = new CallFireClient(credentials(sandbox));
  for (const fault of FAULTS) {
    sandbox.faults.add(fault);
    const id = sandbox.orders.place({});
    const error = await reasonOf(callfire.getNumberOrder(id));
    assertInstanceOf(error, CallFireError);
    assertNoSecret(error);
  }
  assertEquals(sandbox.faults.list(), []);
});

class Hidden extends Error {
  #request = { headers: { authorization: HEADER } };

  get request(): unknown {
    return this.#request;
  }
}

function withStack(stack: string): Error {
  const error = new Error("broken");
  error.stack = stack;
  return error;
}

function nested(depth: number): Error {
  return depth === 0
    ? new Error(PASSWORD)
    : new Error(`level ${depth}`, { cause: nested(depth - 1) });
}

const encoded = new TextEncoder().encode(PASSWORD);

/** What a fetch of one's own might throw. */
const THROWN: unknown[] = [
  PASSWORD,
  HEADER,
  new Error(`cannot send ${HEADER}`),
  new TypeError(`bad header: ${PASSWORD}`),
  new Error("broken", { cause: PASSWORD }),
  new Error("broken", { cause: { headers: { authorization: HEADER } } }),
  nested(3),
  nested(30),
  withStack(`Error: broken\n    at send (${PASSWORD})`),
  new Hidden("broken"),
  Object.assign(new Error("broken"), { config: { auth: [PASSWORD] } }),
  Object.assign(new Error(HEADER), { name: "NotCapable" }),
  new AggregateError([new Error(PASSWORD)], "all of them broke"),
  { request: { password: PASSWORD } },
  new Map([[{ a: [[[[[[[[PASSWORD]]]]]]]] }, 1]]),
  new Headers({ authorization: HEADER }),
  new Request("http://localhost", { headers: { authorization: HEADER } }),
  new DOMException(PASSWORD, "NetworkError"),
  Object.assign(new Error("broken"), { rawPacket: Buffer.from(PASSWORD) }),
  Object.assign(new Error("broken"), { bytes: encoded, more: encoded.buffer }),
];

test("no error holds the credentials that a fetch throws", async () => {
  for (const thrown of THROWN) {
    const callfire = new CallFireClient({
      login: LOGIN,
      password: PASSWORD,
      fetch: () => Promise.reject(thrown),
    });
    const error = await reasonOf(callfire.getNumberOrder(5));
    assertInstanceOf(error, CallFireError);
    assertEquals(error.code, "network");
    assertNoSecret(error);
    assert(!holdsBytes(error), Deno.inspect(error));
  }
});

/** Whether there are bytes in an error or in one beneath it. */
function holdsBytes(error: unknown): boolean {
  if (ArrayBuffer.isView(error) || error instanceof ArrayBuffer) return true;
  if (!(error instanceof Error)) return false;
  return [error.cause, ...Object.values(error)].some(holdsBytes);
}

test("an answer that Node cannot parse is not kept in the cause", async () => {
  for (
    const answer of [
      `${PASSWORD}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nno header ${PASSWORD}\r\n\r\n`,
    ]
  ) {
    await using server = await startRawServer(({ say }) => say(answer));
    const callfire = new CallFireClient({
      login: LOGIN,
      password: PASSWORD,
      baseUrl: server.url,
    });
    const error = await reasonOf(callfire.getNumberOrder(5));
    assertInstanceOf(error, CallFireError);
    assert(error.message.includes("Parse Error"), error.message);
    assertNoSecret(error);
    assert(!holdsBytes(error), Deno.inspect(error));
  }
});

test("an error that cannot be looked at is no cause", async () => {
  const callfire = new CallFireClient({
    login: LOGIN,
    password: PASSWORD,
    fetch: () =>
      Promise.reject({
        [Symbol.for("Deno.customInspect")]() {
          throw new Error("no");
        },
        toString: () => "opaque",
      }),
  });
  const error = await reasonOf(callfire.getNumberOrder(5));
  assertInstanceOf(error, CallFireError);
  assertEquals(error.cause, undefined);
});

test("an error without a secret is kept as the cause", async () => {
  const cause = Object.assign(new Error("broken"), { code: "EPIPE" });
  const callfire = new CallFireClient({
    login: LOGIN,
    password: PASSWORD,
    fetch: () => Promise.reject(cause),
  });
  const error = await reasonOf(callfire.getNumberOrder(5));
  assertInstanceOf(error, CallFireError);
  assert(error.cause === cause);
  assert(error.message.endsWith(": broken"));
});
