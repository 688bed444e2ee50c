/**
 * The PostgreSQL database of a demo: it is to be empty, and is left empty.
 *
 * @module
 */

import { parsePostgresUrl } from "../../daemon/store/postgres/address.ts";
import { Connection } from "../../daemon/store/postgres/connection.ts";
import { postgresError } from "../../daemon/store/postgres/errors.ts";
import { SCHEMA } from "../../daemon/store/postgres/migrations.ts";

/** How long what is asked there may take, in milliseconds. */
const TIME_LIMIT = 10_000;

/**
 * Makes sure that a database holds no orders: those of a real account would be
 * asked about at the sandbox, which knows nothing of them.
 *
 * @param url The database's URL.
 * @returns What removes all that the demo's daemons have put there.
 * @throws {TypeError} If the URL cannot be used, or the database holds orders.
 * @throws {StoreError} If the database cannot be used.
 */
export async function useDemoDatabase(url: string): Promise<AsyncDisposable> {
  const address = parsePostgresUrl(url);
  const ask = async (text: string) => {
    const connection = new Connection(address, { limit: TIME_LIMIT });
    try {
      const [answer] = await connection.run({ text });
      return answer!.rows[0]?.[0];
    } catch (error) {
      throw postgresError(address.redactedUrl, error);
    } finally {
      await connection.close();
    }
  };
  if (await ask(`SELECT to_regnamespace('${SCHEMA}') IS NOT NULL`)) {
    throw new TypeError(
      `--database: ${address.redactedUrl} holds orders already, in its schema ` +
        `${SCHEMA}; name an empty one, as createdb makes it`,
    );
  }
  return {
    async [Symbol.asyncDispose]() {
      await ask(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
    },
  };
}
