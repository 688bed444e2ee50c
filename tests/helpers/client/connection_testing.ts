/**
 * What the tests of connections share.
 *
 * @module
 */

import { assertInstanceOf } from "@std/assert";
import {
  CallFireClient,
  type CallFireClientOptions,
  NumberOrderNotFoundError,
} from "../../../mod.ts";
import type { RawExchange, RawOutcome, RawServer } from "./raw_server.ts";
import { reasonOf } from "./testing.ts";

/** The headers of an answer whose body is `None`. */
export const HEADERS = "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\n";

/** Answers in full that there is no such order, and keeps the connection. */
export async function answer({ say }: RawExchange): Promise<RawOutcome> {
  await say(`${HEADERS}None`);
  return "keep";
}

/** Makes a client of a server. */
export function connect(
  { url }: RawServer,
  options: Partial<CallFireClientOptions> = {},
): CallFireClient {
  return new CallFireClient({
    login: "login",
    password: "password",
    baseUrl: url,
    ...options,
  });
}

/** The orders that a server was asked for. */
export function asked({ requests }: RawServer): number[] {
  return requests.map((request) => Number(/order\/(\d+)/.exec(request)?.[1]));
}

/** Asks for some orders, one after the other; there is none of them. */
export async function askFor(
  callfire: CallFireClient,
  first: number,
  last: number,
): Promise<void> {
  for (let id = first; id <= last; id++) {
    const error = await reasonOf(callfire.getNumberOrder(id));
    assertInstanceOf(error, NumberOrderNotFoundError);
  }
}
