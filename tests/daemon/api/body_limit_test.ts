import { assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../sandbox/testing.ts";
import { RawConnection } from "./raw_connection.ts";
import { type ApiSetup, apiTest, listAnswers } from "./testing.ts";

/** Begins a request, and goes on once the daemon reads its body. */
async function startBody(
  { url }: ApiSetup,
  firstLine: string,
  header: string,
): Promise<RawConnection> {
  const connection = await RawConnection.request(
    url,
    firstLine,
    "Content-Type: application/json",
    "Expect: 100-continue",
    header,
  );
  assertStringIncludes(await connection.read(), "HTTP/1.1 100 ");
  return connection;
}

apiTest("a body in pieces may be no larger than others", async (setup) => {
  using connection = await startBody(
    setup,
    "POST /v1/orders HTTP/1.1",
    "Transfer-Encoding: chunked",
  );
  // One byte more than is read, and no end.
  const piece = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  await connection.write(`${piece.repeat(10)}1\r\n \r\n`);
  const answer = await connection.read();
  assertStringIncludes(answer, "HTTP/1.1 413 ");
  assertStringIncludes(answer, '"code":"body_too_large"');
});

apiTest("a body in pieces is read as any other", async (setup) => {
  using connection = await startBody(
    setup,
    "PUT /v1/orders/7 HTTP/1.1",
    "Transfer-Encoding: chunked",
  );
  await connection.write('9\r\n{"label":\r\n4\r\n"a"}\r\n0\r\n\r\n');
  assertStringIncludes(await connection.read(), '"label":"a"');
});

apiTest("a body that takes too long is not waited for", async (setup) => {
  const { clock } = setup;
  for (
    const [header, body] of [
      ["Content-Length: 100", '{"label":'],
      ["Transfer-Encoding: chunked", '9\r\n{"label":\r\n'],
    ] as const
  ) {
    const pending = clock.pending;
    const firstLine = "PUT /v1/orders/7 HTTP/1.1";
    using connection = await startBody(setup, firstLine, header);
    await connection.write(body);
    assertEquals(clock.pending, pending + 1);
    await clock.advance(29_999);
    await connection.write(" ");
    await clock.advance(1);
    const answer = await connection.read();
    assertStringIncludes(answer, "HTTP/1.1 408 ");
    assertStringIncludes(answer, "\r\nconnection: close\r\n");
    assertStringIncludes(answer, '"code":"body_too_slow"');
    assertEquals(clock.pending, pending);
  }
  assertEquals(setup.failures, []);
}, { isPolling: false });

apiTest("a body that breaks off is nobody's failure", async (setup) => {
  const answers = listAnswers(setup);
  for (
    const [header, body] of [
      ["Content-Length: 100", '{"label":'],
      ["Transfer-Encoding: chunked", '9\r\n{"label":\r\n'],
      ["Transfer-Encoding: chunked", "no size\r\n"],
    ] as const
  ) {
    const firstLine = "PUT /v1/orders/7 HTTP/1.1";
    using connection = await startBody(setup, firstLine, header);
    await connection.write(body);
  }
  await until(() => answers.length === 3);
  assertEquals(answers.map(({ status }) => status), [400, 400, 400]);
  assertEquals(setup.failures, []);
});
