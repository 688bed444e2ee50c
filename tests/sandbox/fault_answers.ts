/**
 * Answers wrongly, each fault in its way.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { STATUS_CODE, STATUS_TEXT } from "@std/http/status";
import { type Answer, exception, headersOf, send } from "./answer.ts";
import type { Fault, StatusFault } from "./faults.ts";

/** The two ends of one exchange. */
export interface Exchange {
  /** The request. */
  incoming: IncomingMessage;
  /** The answer. */
  outgoing: ServerResponse;
}

const BOMB_BYTES = 100 * 1024 * 1024;
const FILLER = Buffer.alloc(64 * 1024, "x");

/**
 * Answers one request wrongly.
 *
 * @param exchange The request and where to answer it.
 * @param fault What is to go wrong.
 * @param right Works out the right answer; it is called only by the faults
 * that send it, so no other fault places an order.
 */
export async function answerWrongly(
  { incoming, outgoing }: Exchange,
  fault: Fault,
  right: () => Answer | Promise<Answer>,
): Promise<void> {
  if (fault.delay && !await pause(outgoing, fault.delay)) return;
  switch (fault.kind) {
    case "none":
      return send(outgoing, await right());
    case "status":
      return send(outgoing, statusAnswer(fault));
    case "body": {
      const { status = STATUS_CODE.OK, base64, body = "" } = fault;
      const bytes = base64 === undefined ? body : Buffer.from(base64, "base64");
      const { contentType = "application/xml" } = fault;
      return send(outgoing, { status, body: bytes, contentType });
    }
    case "redirect": {
      const { status = STATUS_CODE.Found, location } = fault;
      return send(outgoing, { status, body: "", headers: { location } });
    }
    case "gzip": {
      const answer = await right();
      const headers = { ...answer.headers, "content-encoding": "gzip" };
      return send(outgoing, {
        ...answer,
        body: gzipSync(answer.body),
        headers,
      });
    }
    case "cut":
      return cut(outgoing, await right(), fault.at);
    case "drip":
      return drip(outgoing, await right(), fault.interval);
    case "bomb":
      return await stream(outgoing, filler(fault.bytes ?? BOMB_BYTES), "gzip");
    case "endless":
      return await stream(outgoing, filler(Infinity));
    case "reset":
      incoming.socket.resetAndDestroy();
      return;
    case "hang":
      return;
  }
}

/** Waits, unless the connection closes first: then it answers `false`. */
function pause(outgoing: ServerResponse, delay: number): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      outgoing.off("close", stop);
      resolve(true);
    }, delay);
    outgoing.once("close", stop);
  });
}

function statusAnswer(fault: StatusFault): Answer {
  const { status, retryAfter, body, contentType } = fault;
  const message = fault.message ?? STATUS_TEXT[status] ?? "Unknown";
  const answer = exception(status, message);
  if (retryAfter !== undefined) answer.headers = { "retry-after": retryAfter };
  if (body !== undefined) answer.body = body;
  if (contentType !== undefined) answer.contentType = contentType;
  return answer;
}

function cut(outgoing: ServerResponse, answer: Answer, at: number): void {
  outgoing.writeHead(answer.status, headersOf(answer));
  outgoing.flushHeaders();
  const part = Buffer.from(answer.body).subarray(0, at);
  if (part.length > 0) outgoing.write(part);
  // Closes once all of this is sent; destroying it now might lose some.
  outgoing.socket?.destroySoon();
}

function drip(outgoing: ServerResponse, answer: Answer, interval: number) {
  const bytes = Buffer.from(answer.body);
  outgoing.writeHead(answer.status, headersOf(answer));
  outgoing.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    outgoing.write(bytes.subarray(sent, ++sent));
    if (sent < bytes.length) return;
    clearInterval(timer);
    outgoing.end();
  }, interval);
  outgoing.once("close", () => clearInterval(timer));
}

function* filler(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= FILLER.length) {
    yield left < FILLER.length ? FILLER.subarray(0, left) : FILLER;
  }
}

/** Sends no faster than it is read; ends when the other side goes away. */
async function stream(
  outgoing: ServerResponse,
  chunks: Iterable<Uint8Array>,
  encoding?: "gzip",
): Promise<void> {
  const source = Readable.from(chunks, { objectMode: false });
  outgoing.writeHead(STATUS_CODE.OK, {
    "content-type": "application/xml",
    ...encoding && { "content-encoding": encoding },
  });
  const sent = encoding
    ? pipeline(source, createGzip({ level: 1 }), outgoing)
    : pipeline(source, outgoing);
  // It fails when the other side has had enough, which is what it is for.
  await sent.catch(() => {});
}
