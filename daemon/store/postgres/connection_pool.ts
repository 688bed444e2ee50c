/**
 * The connections of a store: one that has failed is thrown away, and another
 * one made when it is needed.
 *
 * @module
 */

import {
  Connection,
  type ConnectionOptions,
  type QueryResult,
  type Statement,
} from "./connection.ts";
import type { PostgresAddress } from "./address.ts";
import { ConnectionLostError } from "./errors.ts";

/** How many connections answer what is read. */
const READ_CONNECTIONS = 3;

/** A place for one connection at a time. */
export class ReconnectingConnection {
  readonly #address: PostgresAddress;
  readonly #options: ConnectionOptions;
  #current: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /**
   * Begins without a connection.
   *
   * @param address Where to.
   * @param options What goes for each connection.
   */
  constructor(address: PostgresAddress, options: ConnectionOptions) {
    this.#address = address;
    this.#options = options;
  }

  /** How many calls have not been answered. */
  get pending(): number {
    return this.#current?.pending ?? 0;
  }

  /** A connection that has not failed. */
  get(): Connection {
    if (this.#isClosed) throw new ConnectionLostError("it is closed");
    if (!this.#current?.isUsable) {
      const failed = this.#current;
      this.#current = new Connection(this.#address, this.#options);
      this.#closing = Promise.all([this.#closing, failed?.close()]);
    }
    return this.#current;
  }

  /**
   * Asks for statements of which the first one changes nothing: if the
   * connection was lost while nobody looked, they are asked for on another.
   *
   * @param statements The statements.
   * @returns What each answers with, and the connection that they are on.
   */
  async begin(
    ...statements: Statement[]
  ): Promise<{ answers: QueryResult[]; connection: Connection }> {
    for (let tries = 1;; tries++) {
      const connection = this.get();
      try {
        return { answers: await connection.run(...statements), connection };
      } catch (error) {
        if (connection.isUsable) {
          // Ends the transaction, if it is in one.
          await connection.tryAll({ text: "ROLLBACK" });
        } else if (tries === 1 && isLoss(error)) continue;
        throw error;
      }
    }
  }

  /**
   * Does something once all that was to be done here before is done.
   *
   * @param act What to do; it alone uses the connection meanwhile.
   * @returns What it answers.
   */
  exclusive<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Closes the connection, if there is one; what is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#closing, this.#current?.close()]);
  }
}

/** Some connections for what is only read. */
export class ReadPool {
  readonly #places: ReconnectingConnection[];

  /**
   * Begins without a connection.
   *
   * @param address Where to.
   * @param limit How long reading may take, in milliseconds.
   */
  constructor(address: PostgresAddress, limit: number) {
    this.#places = Array.from(
      { length: READ_CONNECTIONS },
      () => new ReconnectingConnection(address, { limit }),
    );
  }

  /**
   * Reads.
   *
   * @param statement What to ask for.
   * @returns The rows.
   */
  async read(statement: Statement): Promise<unknown[][]> {
    const [place] = this.#places.toSorted((one, other) =>
      one.pending - other.pending
    );
    const { answers } = await place!.begin(statement);
    return answers[0]!.rows;
  }

  /** Closes them all; what is under way fails. */
  async close(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.close()));
  }
}

function isLoss(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  const code = error instanceof Error && "code" in error
    ? String(error.code)
    : "";
  // 57P01 is what the server says to those who are connected when it stops.
  return /^(CONNECTION_|EPIPE|ECONNRESET|57P01)/.test(code);
}
