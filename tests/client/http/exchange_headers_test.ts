import { assertEquals, assertInstanceOf } from "@std/assert";
import { ApiError, NetworkError } from "../../../mod.ts";
import { EXAMPLE, ID, ORDER } from "../../helpers/client/plain_documents.ts";
import { startRawServer } from "../../helpers/client/raw_server.ts";
import { clientTest, reasonOf } from "../../helpers/client/testing.ts";

const SIZE = new TextEncoder().encode(EXAMPLE).length;
const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = `Content-Length: ${SIZE}\r\n`;

/** The example in two chunks, with what comes behind them. */
function chunked(trailers: string, extension = ""): string {
  const [first, second] = [EXAMPLE.slice(0, 50), EXAMPLE.slice(50)];
  return "Transfer-Encoding: chunked\r\n\r\n" +
    `${first.length.toString(16)}${extension}\r\n${first}\r\n` +
    `${second.length.toString(16).toUpperCase()}\r\n${second}\r\n` +
    `0\r\n${trailers}\r\n`;
}

/** Responses that leave no doubt about their body. */
const READ: Record<string, string> = {
  "no Content-Type": `${OK}${LENGTH}\r\n${EXAMPLE}`,
  "an odd Content-Type":
    `${OK}Content-Type: text/html; charset="x;\r\n${LENGTH}\r\n${EXAMPLE}`,
  "an empty Content-Type": `${OK}Content-Type:\r\n${LENGTH}\r\n${EXAMPLE}`,
  "white space around Content-Length":
    `${OK}Content-Length: \t ${SIZE}  \r\n\r\n${EXAMPLE}`,
  "zeros before Content-Length":
    `${OK}Content-Length: 000${SIZE}\r\n\r\n${EXAMPLE}`,
  "neither length nor chunks": `${OK}\r\n${EXAMPLE}`,
  "HTTP/1.0": `HTTP/1.0 200 OK\r\n\r\n${EXAMPLE}`,
  "another reason phrase": `HTTP/1.1 200 Not Found\r\n${LENGTH}\r\n${EXAMPLE}`,
  "no reason phrase": `HTTP/1.1 200 \r\n${LENGTH}\r\n${EXAMPLE}`,
  "chunks": `${OK}${chunked("")}`,
  "chunks with extensions": `${OK}${chunked("", ";a=b")}`,
  "chunks with trailers": `${OK}${chunked("Content-MD5: a\r\nX: y\r\n")}`,
  "an interim response":
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}${LENGTH}\r\n${EXAMPLE}`,
};

for (const [name, response] of Object.entries(READ)) {
  clientTest(`an order is read from a response with ${name}`, async (
    { connect },
  ) => {
    await using server = await startRawServer(({ say }) => say(response));
    const callfire = connect({ baseUrl: server.url });
    assertEquals(await callfire.getNumberOrder(ID), ORDER);
  });
}

clientTest("an order under another status than 200 is not believed", async (
  { connect },
) => {
  for (const status of [201, 202, 203, 206, 226]) {
    await using server = await startRawServer(({ say }) =>
      say(`HTTP/1.1 ${status} No\r\n${LENGTH}\r\n${EXAMPLE}`)
    );
    const callfire = connect({ baseUrl: server.url });
    const error = await reasonOf(callfire.getNumberOrder(ID));
    assertInstanceOf(error, ApiError);
    assertEquals(error.status, status);
  }
});

clientTest("a response of doubtful length is not believed", async (
  { connect },
) => {
  const doubtful = [
    `Content-Length: ${SIZE}, ${SIZE + 1}\r\n\r\n${EXAMPLE}`,
    `${LENGTH}Content-Length: ${SIZE + 1}\r\n\r\n${EXAMPLE}`,
    `Content-Length: -${SIZE}\r\n\r\n${EXAMPLE}`,
    `Content-Length: ${SIZE + 1}\r\n\r\n${EXAMPLE}`,
    `${LENGTH}${chunked("")}`,
    // Node's parser of HTTP takes no chances with these two either.
    `${LENGTH}${LENGTH}\r\n${EXAMPLE}`,
    `Transfer-Encoding: identity\r\n${LENGTH}\r\n${EXAMPLE}`,
  ];
  for (const response of doubtful) {
    await using server = await startRawServer(({ say }) => say(OK + response));
    const callfire = connect({ baseUrl: server.url });
    const error = await reasonOf(callfire.getNumberOrder(ID));
    assertInstanceOf(error, NetworkError, response);
  }
});
