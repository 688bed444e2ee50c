/**
 * One connection to PostgreSQL, used until it fails and never again: what was
 * begun on one must not go on on another.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { negotiateTls } from "./tls.ts";
import postgres from "postgres";
import { systemClock } from "../../../mod.ts";
import type { PostgresAddress } from "./address.ts";
import {
  ConnectionLostError,
  isServerError,
  SessionSettingsError,
  TimeLimitError,
} from "./errors.ts";
import { RowError } from "../watch_row.ts";

/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How a database is used, from the connecting on; times in milliseconds. */
const SETTINGS = {
  application_name: "callfire-orders",
  search_path: "callfire_orders",
  // What was committed is on the disk: of the standby too, if there is one.
  synchronous_commit: "on",
  default_transaction_isolation: "read committed",
  // A daemon that was paused in a transaction holds all the others up.
  idle_in_transaction_session_timeout: "1000",
  tcp_user_timeout: "5000",
};

/** Settings that nothing may be done without; a connection checks them first. */
const CHECKED_SETTINGS = [
  "search_path",
  "synchronous_commit",
  "default_transaction_isolation",
  "idle_in_transaction_session_timeout",
  "statement_timeout",
] as const;

/** A statement, whose values stand for $1, $2, … in it. */
export interface Statement {
  /** The statement, one of not too many: the server remembers each. */
  text: string;
  /** The values. */
  values?: readonly (string | number | null)[];
}

/** What a statement answers with. */
export interface QueryResult {
  /** What was done, such as `SELECT` or `COMMIT`. */
  command: string;
  /** The rows, each an array of values. */
  rows: unknown[][];
}

/** What goes for a connection. */
export interface ConnectionOptions {
  /** How long something that is asked may take, in milliseconds. */
  limit: number;
  /** Is called with every notification on it, and the channel that it is of. */
  onNotification?: ((channel: string, payload: string) => void) | undefined;
}

/** A connection; it connects when it is asked for something. */
export class Connection {
  readonly #sql: postgres.Sql;
  readonly #settings: Readonly<Record<typeof CHECKED_SETTINGS[number], string>>;
  readonly #limit: number;
  /** Is rejected when it has failed: its driver leaves some calls unanswered. */
  readonly #failure = Promise.withResolvers<never>();
  #socket: Socket | undefined;
  #checked: Promise<void> | undefined;
  #hasFailed = false;
  #pending = 0;

  /**
   * Makes a connection, and does not connect yet.
   *
   * @param address Where to.
   * @param options What goes for it.
   */
  constructor(
    address: PostgresAddress,
    { limit, onNotification }: ConnectionOptions,
  ) {
    this.#limit = limit;
    this.#settings = {
      ...SETTINGS,
      // Sooner than here, so that the server can say so.
      statement_timeout: String(Math.ceil(limit * 0.8)),
    };
    this.#failure.promise.catch(() => {});
    let isFirst = true;
    // Whatever has a default is told, so that no variable of the environment
    // is read for it.
    const options = {
      host: address.host,
      port: address.port,
      user: address.user,
      pass: () => address.password,
      database: address.database,
      ssl: false,
      sslnegotiation: null,
      target_session_attrs: undefined,
      max: 1,
      max_pipeline: 100,
      max_lifetime: null,
      idle_timeout: null,
      connect_timeout: CONNECT_TIMEOUT_MS / 1000,
      keep_alive: 5,
      backoff: false,
      prepare: true,
      debug: false,
      fetch_types: false,
      publications: "",
      connection: this.#settings,
      types: {
        bigint: { to: 20, from: [20], serialize: String, parse: parseInteger },
      },
      onnotice: () => {},
      onnotify: (channel: string, payload: string) =>
        onNotification?.(channel, payload),
      socket: async () => {
        // It would connect again by itself, in the midst of a transaction.
        if (!isFirst) throw new ConnectionLostError("the connection was lost");
        isFirst = false;
        return await this.#connect(address);
      },
    };
    // The types do not know of all of them.
    this.#sql = postgres(options as unknown as postgres.Options<never>);
  }

  /** Whether it can be asked for something. */
  get isUsable(): boolean {
    return !this.#hasFailed;
  }

  /** How many calls have not been answered. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Asks for statements, all sent in one go.
   *
   * @param statements The statements. When one of them is refused, those after
   * it are asked for nevertheless: within a transaction they are refused too.
   * @returns What each answers with.
   * @throws What the first one that failed was refused with; if the connection
   * has failed, what it failed with, and it is not known what was done.
   */
  async run(...statements: Statement[]): Promise<QueryResult[]> {
    const outcomes = await this.tryAll(...statements);
    return outcomes.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  /**
   * Asks for statements as {@linkcode Connection.run} does.
   *
   * @param statements The statements.
   * @returns What each came to.
   */
  async tryAll(
    ...statements: Statement[]
  ): Promise<PromiseSettledResult<QueryResult>[]> {
    if (this.#hasFailed) {
      const reason = new ConnectionLostError("the connection was lost");
      return statements.map(() => ({ status: "rejected", reason }));
    }
    this.#pending++;
    const cancel = systemClock.setTimer(() => {
      this.#fail(
        new TimeLimitError(
          `it has not answered within ${this.#limit / 1000} s`,
        ),
      );
    }, this.#limit);
    const outcomes = await Promise.allSettled(
      statements.map((statement) =>
        Promise.race([this.#run(statement), this.#failure.promise])
      ),
    );
    cancel();
    this.#pending--;
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled" || isServerError(outcome.reason)) {
        continue;
      }
      this.#fail(outcome.reason);
    }
    return outcomes;
  }

  /** Closes it; what is under way fails. */
  async close(): Promise<void> {
    this.#hasFailed = true;
    const socket = this.#socket;
    const closed = socket && !socket.closed
      ? new Promise<void>((resolve) => socket.once("close", () => resolve()))
      : undefined;
    // It takes its leave of the server, unless that takes long.
    await this.#sql.end({ timeout: 0 });
    this.#failure.reject(new ConnectionLostError("it was closed"));
    socket?.destroy();
    await closed;
    // Its driver may have set a timer to connect again, which comes to nothing.
    await systemClock.sleep(1);
  }

  #fail(reason: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure.reject(reason);
    this.#socket?.destroy();
    this.#sql.end({ timeout: 0 }).catch(() => {});
  }

  async #run(statement: Statement): Promise<QueryResult> {
    await (this.#checked ??= this.#checkSettings());
    return await this.#query(statement);
  }

  /**
   * A connection pooler may drop the settings of a session: then tables would be
   * made in another schema, and nothing would end in time.
   */
  async #checkSettings(): Promise<void> {
    const checks = CHECKED_SETTINGS.map((name) => {
      const value = this.#settings[name];
      // The server shows times in units of its own choice.
      return name.endsWith("_timeout")
        ? `('${name}', current_setting('${name}')::interval = '${value} ms')`
        : `('${name}', current_setting('${name}') = '${value}')`;
    });
    const { rows } = await this.#query({
      text: `SELECT name FROM (VALUES ${checks.join(", ")}) AS checks (name, ok)
        WHERE NOT ok`,
    });
    if (rows.length > 0) {
      throw new SessionSettingsError(rows.flat().map(String));
    }
  }

  async #query({ text, values = [] }: Statement): Promise<QueryResult> {
    const query = this.#sql.unsafe(text, [...values], {
      prepare: values.length > 0,
    });
    const rows = await query.values();
    return { command: rows.command, rows: [...rows] };
  }

  async #connect(address: PostgresAddress): Promise<Socket> {
    const connecting = Promise.withResolvers<never>();
    const cancel = systemClock.setTimer(() => {
      const seconds = CONNECT_TIMEOUT_MS / 1000;
      connecting.reject(
        new TimeLimitError(`no connection was made within ${seconds} s`),
      );
    }, CONNECT_TIMEOUT_MS);
    const socket = connect({ host: address.host, port: address.port });
    this.#socket = socket;
    socket.on("error", (error) => connecting.reject(error));
    socket.once("close", () => {
      const lost = new ConnectionLostError("the connection was lost");
      connecting.reject(lost);
      this.#fail(lost);
    });
    try {
      return await Promise.race([
        connecting.promise,
        negotiateTls(socket, address),
      ]);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      cancel();
      connecting.promise.catch(() => {});
    }
  }
}

/** Reads a number; an id, which may not fit one, is asked for as text. */
function parseInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RowError(`it holds the number ${text}, which is too large`);
}
