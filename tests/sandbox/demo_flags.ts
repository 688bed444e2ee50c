/**
 * The command line of the demo.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { isPostgresUrl } from "../../daemon/store/postgres/address.ts";

/** What `--help` prints. */
export const HELP = `Shows the daemon at work on a sandbox CallFire.

  --for SECONDS       ends by itself after this time
  --listen HOST:PORT  where the daemon listens, the first one of several; by
                      default 127.0.0.1:9837, or any free port if that is in use
  --database URL      an empty PostgreSQL database to keep the orders in, such as
                      postgres://user@localhost/demo; by default a SQLite file
  --daemons N         so many daemons share that database, up to 10; now and
                      then one is killed, and the others ask about its orders
  --help              shows this
`;

/** As many daemons as make sense on one machine. */
const MOST_DAEMONS = 10;

/** What the demo was told. */
export interface DemoFlags {
  /** After how many seconds it ends by itself; `Infinity` for never. */
  seconds: number;
  /** The address of the first daemon; absent for the usual one. */
  listen: string | undefined;
  /** The URL of the database; absent for a file of its own. */
  database: string | undefined;
  /** How many daemons there are. */
  daemons: number;
}

/**
 * Reads the command line.
 *
 * @param args The command line, without the program's name.
 * @throws {TypeError} If a flag cannot be used; the message says why.
 */
export function readDemoFlags(args: string[]): DemoFlags | "help" {
  const { values } = parseArgs({
    args,
    options: {
      for: { type: "string" },
      listen: { type: "string" },
      database: { type: "string" },
      daemons: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  const { daemons, database, listen } = values;
  const seconds = values.for === undefined ? Infinity : Number(values.for);
  if (!(seconds > 0)) {
    throw new TypeError(
      `--for: '${values.for}' is not a number of seconds, such as 60`,
    );
  }
  if (database !== undefined && !isPostgresUrl(database)) {
    throw new TypeError(
      "--database: it must be the URL of an empty PostgreSQL database, such " +
        "as postgres://user@localhost/demo",
    );
  }
  if (daemons === undefined) return { seconds, listen, database, daemons: 1 };
  if (database === undefined) {
    throw new TypeError(
      `--daemons: ${daemons} daemons need a PostgreSQL database to share; ` +
        "name an empty one, such as --database " +
        "postgres://user@localhost/demo",
    );
  }
  if (!/^\d+$/.test(daemons) || +daemons < 1 || +daemons > MOST_DAEMONS) {
    throw new TypeError(
      `--daemons: '${daemons}' is not a number from 1 to ${MOST_DAEMONS}`,
    );
  }
  return { seconds, listen, database, daemons: Number(daemons) };
}
