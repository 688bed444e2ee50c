/**
 * What a transport is: a GET goes out, an answer comes back.
 *
 * @module
 */

import type { Gate } from "./gate.ts";

/** An answer whose body is still to be read. */
export interface Answer {
  /** The status; 0 where a fetch hides it. */
  readonly status: number;
  /** The headers, by their names in lower case. */
  readonly headers: { get(name: string): string | null };
  /**
   * Reads the body and undoes its compression.
   *
   * @param limit The most bytes that it may have without its compression. No
   * more are held, and one that has more breaks the connection.
   * @returns The body.
   * @throws {UnfitBodyError} If it is not as we asked for it.
   * @throws If it breaks off.
   */
  read(limit: number): Promise<Uint8Array>;
}

/**
 * Sends a GET, and follows no redirect.
 *
 * @param path What comes behind the base URL.
 * @param signal Ends it at once, the reading of the body too.
 * @param gate What it passes right before it is written.
 * @returns The answer, as soon as its headers have come.
 * @throws If there is none.
 */
export type Send = (
  path: string,
  signal: AbortSignal,
  gate?: Gate,
) => Promise<Answer>;

/** A body that came, but not as we asked for it. */
export class BodyError extends Error {
  /** What it is compressed with, as the server says, if that is what is wrong. */
  readonly encoding: string | undefined;

  /**
   * Makes an error.
   *
   * @param message What was expected.
   * @param encoding What it is compressed with, if that is what is wrong.
   */
  constructor(message: string, encoding?: string) {
    super(message);
    this.encoding = encoding;
  }
}

/** A body that comes piece by piece. */
export class BodyReader {
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /**
   * Begins with nothing.
   *
   * @param limit The most bytes that it may have.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes in what has come.
   *
   * @param piece The next bytes.
   * @throws {UnfitBodyError} If there are too many.
   */
  add(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      throw new BodyError(`at most ${this.#limit} bytes`);
    }
    this.#pieces.push(piece);
  }

  /** All bytes, in a memory of their own. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
