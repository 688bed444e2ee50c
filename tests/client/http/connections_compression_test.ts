import { assertEquals, assertInstanceOf } from "@std/assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import {
  MalformedResponseError,
  NetworkError,
  ServerError,
} from "../../../mod.ts";
import { until } from "../../sandbox/testing.ts";
import { EXAMPLE, ID } from "../../helpers/client/plain_documents.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { clientTest, reasonOf } from "../../helpers/client/testing.ts";

/** A server whose answers are compressed as they say, or say that they are. */
function startCompressing(encoding: string, status = "200 OK") {
  return startRawServer(async ({ say, request }) => {
    const id = /order\/(\d+)/.exec(request)![1]!;
    const xml = EXAMPLE.replace(ID, id);
    const body = /gzip/i.test(encoding) ? gzipSync(xml) : Buffer.from(xml);
    await say(
      `HTTP/1.1 ${status}\r\nContent-Encoding: ${encoding}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
    );
    await say(body);
    return "keep";
  });
}

clientTest("an answer may be compressed with gzip", async ({ connect }) => {
  for (
    const encoding of [
      ...["gzip", "GZIP", "x-gzip", "gzip, identity", "UTF-8, gzip", "gzip,"],
    ]
  ) {
    await using server = await startCompressing(encoding);
    const callfire = connect({ baseUrl: server.url });
    for (const id of ["5", "6", "7"]) {
      assertEquals((await callfire.getNumberOrder(id)).id, id);
    }
    assertEquals(server.accepted, 1);
  }
});

clientTest("an answer that names no compression is read as it is", async (
  { connect },
) => {
  for (
    const encoding of [
      ...["identity", "none", "None", "", " ", ",", "identity, none"],
      ...["UTF-8", "utf8", "us-ascii", "ISO-8859-1", "windows-1252"],
    ]
  ) {
    await using server = await startCompressing(encoding);
    for (const options of [{}, { fetch }]) {
      const callfire = connect({ baseUrl: server.url, ...options });
      assertEquals((await callfire.getNumberOrder("5")).id, "5", encoding);
    }
  }
});

clientTest("an answer that is compressed otherwise is malformed", async (
  { connect },
) => {
  for (
    const encoding of [
      ...["br", "deflate", "zstd", "gzip, gzip", '"quoted"', "br, gzip"],
      ...["utf-16", "gzip;q=1", "none none"],
    ]
  ) {
    await using server = await startCompressing(encoding);
    const callfire = connect({ baseUrl: server.url });
    const error = await reasonOf(callfire.getNumberOrder("5"));
    assertInstanceOf(error, MalformedResponseError);
    assertEquals(error.status, 200);
    assertEquals(
      error.message,
      "Cannot read the answer about order '5': expected no compression but " +
        `gzip, but saw ${JSON.stringify(encoding)}`,
    );
    // Nobody will read the rest.
    await until(() => server.connections() === 0);
  }
});

clientTest("a fault that is compressed otherwise is told by its status", async (
  { connect },
) => {
  await using server = await startCompressing("br", "503 No");
  const callfire = connect({ baseUrl: server.url });
  const error = await reasonOf(callfire.getNumberOrder("5"));
  assertInstanceOf(error, ServerError);
  assertEquals([error.status, error.serverMessage], [503, undefined]);
});

clientTest("gzip that is none, or cut, is a NetworkError", async (
  { connect },
) => {
  const whole = gzipSync(EXAMPLE);
  for (const body of [new Uint8Array(9), whole.subarray(0, -9)]) {
    await using server = await startRawServer(async ({ say }) => {
      await say(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n`);
      await say(body);
    });
    const callfire = connect({ baseUrl: server.url });
    assertInstanceOf(
      await reasonOf(callfire.getNumberOrder("5")),
      NetworkError,
    );
  }
});
