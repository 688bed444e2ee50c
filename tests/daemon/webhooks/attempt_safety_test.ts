import { assert, assertEquals } from "@std/assert";
import {
  type Attempt,
  ATTEMPT_TIMEOUT_MS,
} from "../../../daemon/webhooks/attempt.ts";
import type { Target } from "../../../daemon/webhooks/target.ts";
import {
  ELSEWHERE,
  THIS_MACHINE,
  trustAuthority,
} from "../../helpers/client/certificates.ts";
import {
  type RawExchange,
  type RawServer,
  startRawServer,
} from "../../helpers/client/raw_server.ts";
import { test } from "../../helpers/client/testing.ts";
import { until } from "../../sandbox/testing.ts";
import {
  attemptAt,
  begin,
  targetAt,
} from "../../helpers/webhooks/attempt_testing.ts";

function answer({ say }: RawExchange): Promise<void> {
  return say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/** Makes an attempt at a host that may not have a private address. */
async function attemptPublic(
  server: RawServer,
  hostname: string,
  isSecure: boolean,
): Promise<Attempt> {
  const target: Target = {
    ...targetAt(server),
    hostname,
    isSecure,
    isPrivateAllowed: false,
  };
  const { clock, outcome } = begin(target);
  const ended = await outcome;
  assertEquals(clock.pending, 0);
  await until(() => server.connections() === 0);
  return ended;
}

const FORBIDDEN: Attempt = {
  result: "forbidden_address",
  status: null,
  detail: "Its address 127.0.0.1 is not a public one; name it in " +
    "--webhook-hosts, or set --webhook-allow-private",
};

test("a name that leads to a private address is not even connected to", async () => {
  await using server = await startRawServer(answer);
  for (const isSecure of [true, false]) {
    const ended = await attemptPublic(server, "localhost", isSecure);
    assertEquals(ended, FORBIDDEN);
  }
  assertEquals(server.accepted, 0);
});

test("nothing is sent on a connection to a private address", async () => {
  await using server = await startRawServer(answer);
  for (const isSecure of [true, false]) {
    const ended = await attemptPublic(server, "127.0.0.1", isSecure);
    assertEquals(ended, FORBIDDEN);
  }
  await until(() => server.accepted === 2);
  assertEquals(server.received, 0);
});

test("over TLS, a receiver is known by its name or its address", async () => {
  using _authority = trustAuthority();
  await using server = await startRawServer(answer, THIS_MACHINE);
  const named = {
    ...server,
    url: server.url.replace("127.0.0.1", "localhost"),
  };
  for (const at of [server, named]) {
    assertEquals((await attemptAt(at)).result, "delivered");
  }
  assertEquals(server.requests.length, 2);
});

test("a certificate that nobody vouches for is refused", async () => {
  await using server = await startRawServer(answer, THIS_MACHINE);
  const { result, detail } = await attemptAt(server);
  assertEquals(result, "network");
  assert(/^The connection failed: [A-Z_]+$/.test(detail!), detail!);
  assertEquals(server.requests, []);
});

test("a certificate for another name is refused", async () => {
  using _authority = trustAuthority();
  await using server = await startRawServer(answer, ELSEWHERE);
  const { result, detail } = await attemptAt(server);
  assertEquals(result, "network");
  assertEquals(
    detail,
    "The connection failed: ERR_TLS_CERT_ALTNAME_INVALID",
  );
  assertEquals(server.requests, []);
});

test("the environment cannot have every certificate trusted", async () => {
  const name = "NODE_TLS_REJECT_UNAUTHORIZED";
  Deno.env.set(name, "0");
  try {
    await using server = await startRawServer(answer, THIS_MACHINE);
    assertEquals((await attemptAt(server)).result, "network");
    assertEquals(server.requests, []);
  } finally {
    Deno.env.delete(name);
  }
});

test("a receiver that speaks no TLS is told nothing", async () => {
  await using server = await startRawServer(answer);
  const secure = targetAt({ url: server.url.replace("http:", "https:") });
  const { clock, outcome } = begin(secure);
  // It waits for the rest of what it takes for a request.
  await until(() => server.received > 0);
  await clock.advance(ATTEMPT_TIMEOUT_MS);
  assertEquals((await outcome).result, "timeout");
  assertEquals(server.requests, []);
  await until(() => server.connections() === 0);
});
