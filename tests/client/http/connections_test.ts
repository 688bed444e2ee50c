import { assertEquals, assertInstanceOf } from "@std/assert";
import process from "node:process";
import { NetworkError } from "../../../mod.ts";
import { until } from "../../sandbox/testing.ts";
import {
  ELSEWHERE,
  THIS_MACHINE,
  trustAuthority,
} from "../../helpers/client/certificates.ts";
import {
  answer,
  askFor,
  connect,
  HEADERS,
} from "../../helpers/client/connection_testing.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { reasonOf, test } from "../../helpers/client/testing.ts";

for (const certificate of [undefined, THIS_MACHINE]) {
  const scheme = certificate ? "https" : "http";

  test(`${scheme}: there are as many connections as questions at once, until they are idle`, async () => {
    using _trust = trustAuthority();
    const { promise: all, resolve: go } = Promise.withResolvers<void>();
    await using server = await startRawServer(async (exchange) => {
      if (server.requests.length === 30) go();
      await all;
      return answer(exchange);
    }, certificate);
    const callfire = connect(server);
    const ids = Array.from({ length: 30 }, (_, index) => index + 1);
    await Promise.all(ids.map((id) => askFor(callfire, id, id)));
    assertEquals(server.accepted, 30);
    await askFor(callfire, 31, 100);
    assertEquals(server.accepted, 30);
    // They close a few seconds later, by themselves.
    await until(() => server.connections() === 0);
  });
}

test("a question that is given up before it is sent leaves nothing on its connection", async () => {
  await using server = await startRawServer(answer);
  const callfire = connect(server);
  // Node warns of listeners that gather.
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  await askFor(callfire, 1, 1);
  for (let id = 2; id <= 60; id += 2) {
    const controller = new AbortController();
    const { signal } = controller;
    const asked = reasonOf(callfire.getNumberOrder(id, { signal }));
    for (let left = id; left > 0; left--) await Promise.resolve();
    controller.abort("enough");
    assertEquals(await asked, "enough");
    await askFor(callfire, id + 1, id + 1);
  }
  process.off("warning", note);
  assertEquals(warnings, []);
  assertEquals(server.requests.length, 31);
});

for (const ending of ["Connection: close", "HTTP/1.0"]) {
  test(`a connection is not used again after ${ending}`, async () => {
    await using server = await startRawServer(async ({ say }) => {
      const isOld = ending === "HTTP/1.0";
      await say(
        `${isOld ? HEADERS.replace("1.1", "1.0") : HEADERS}None`
          .replace("No", isOld ? "No" : `No\r\n${ending}`),
      );
      // It would be kept open by this side.
      return "keep";
    });
    const callfire = connect(server);
    await askFor(callfire, 1, 3);
    assertEquals(server.accepted, 3);
    await until(() => server.connections() === 0);
  });
}

for (
  const [whose, certificate] of [
    ["nobody that is trusted", THIS_MACHINE],
    ["another host", ELSEWHERE],
  ] as const
) {
  test(`nothing is told to a server with the certificate of ${whose}`, async () => {
    using _trust = certificate === ELSEWHERE ? trustAuthority() : undefined;
    await using server = await startRawServer(answer, certificate);
    // This is how Node is told to trust everyone.
    Deno.env.set("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      for (const host of ["127.0.0.1", "localhost"]) {
        const baseUrl = server.url.replace("127.0.0.1", host);
        const callfire = connect(server, { baseUrl });
        for (let id = 1; id <= 20; id++) {
          const error = await reasonOf(callfire.getNumberOrder(id));
          assertInstanceOf(error, NetworkError);
        }
      }
    } finally {
      Deno.env.delete("NODE_TLS_REJECT_UNAUTHORIZED");
    }
    await until(() => server.connections() === 0);
    assertEquals([server.accepted, server.requests], [40, []]);
  });
}
