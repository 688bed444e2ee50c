/**
 * One answer of the REST interface, before it is sent.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { exceptionXml } from "./order_xml.ts";

/** What is to be sent. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The whole body. */
  body: string | Uint8Array;
  /** The content type; by default `application/xml`. */
  contentType?: string;
  /** Further headers. */
  headers?: OutgoingHttpHeaders;
}

/** The answer that tells of a fault in CallFire's own words. */
export function exception(
  status: number,
  message: string,
  headers: OutgoingHttpHeaders = {},
): Answer {
  return { status, body: exceptionXml(status, message), headers };
}

/** All headers of an answer, the length of its whole body among them. */
export function headersOf(answer: Answer): OutgoingHttpHeaders {
  return {
    "content-type": answer.contentType ?? "application/xml",
    "content-length": Buffer.byteLength(answer.body),
    ...answer.headers,
  };
}

/**
 * Sends an answer as it is. It is written by hand, past Hono: that is lighter
 * and it is the one way on which an answer can also be sent wrongly.
 */
export function send(outgoing: ServerResponse, answer: Answer): void {
  if (answer.status === 204 || answer.status === 304) {
    outgoing.writeHead(answer.status, answer.headers).end();
    return;
  }
  outgoing.writeHead(answer.status, headersOf(answer)).end(answer.body);
}
