/**
 * The statements of the PostgreSQL store about endpoints of webhooks.
 *
 * @module
 */

import type { Endpoint, EndpointSecret } from "../webhooks/endpoint.ts";
import type { Statement } from "./postgres_connection.ts";
import { arrayOf, EVENT_SELECTION, given } from "./postgres_rows.ts";
import {
  PROGRESS_COLUMNS,
  SELECT_WEBHOOKS,
  toProgressRow,
  toWebhookRow,
  WEBHOOK_COLUMNS,
} from "./webhook_row.ts";

/** The columns that are text; all others are whole numbers. */
const TEXT_COLUMNS: readonly string[] = [
  "id",
  "url",
  "label",
  "types",
  "secrets",
  "parked_reason",
  "attempts",
];

/**
 * Of an order and a URL. The one that was told of the order's removal, or is
 * yet to be, has ended.
 */
const IS_SAME = (order: string, url: string) =>
  `order_id = ${order} AND url = ${url} AND NOT EXISTS (
    SELECT FROM events
    WHERE events.id = webhooks.order_id AND type = 'order.removed'
      AND sequence > webhooks.cursor
  )`;

/** All endpoints, the oldest first. */
export const ENDPOINTS: Statement = {
  text: `${SELECT_WEBHOOKS} ORDER BY number`,
};

/**
 * What adds an endpoint that is owed what happens from then on, unless it is
 * there, or the same one of its order; the last event has to be locked.
 */
export function addingEndpoint(endpoint: Endpoint): Statement {
  const { from, values } = given(
    WEBHOOK_COLUMNS,
    [toWebhookRow(endpoint)],
    TEXT_COLUMNS,
  );
  const selection = WEBHOOK_COLUMNS.map((column) =>
    column === "cursor" ? "last_event.sequence" : `given.${column}`
  );
  return {
    text: `INSERT INTO webhooks (${WEBHOOK_COLUMNS.join(", ")})
      SELECT ${selection.join(", ")} FROM ${from}, last_event
      WHERE NOT EXISTS (
        SELECT FROM webhooks
        WHERE ${IS_SAME("given.order_id", "given.url")}
      )
      ON CONFLICT (id) DO NOTHING`,
    values,
  };
}

/** An endpoint; if it is not there, the same one of its order. */
export function endpointOrSame({ id, order, url }: Endpoint): Statement {
  if (order === null) {
    return { text: `${SELECT_WEBHOOKS} WHERE id = $1::text`, values: [id] };
  }
  return {
    text: `${SELECT_WEBHOOKS}
      WHERE id = $1::text OR ${IS_SAME("$2::bigint", "$3::text")}
      ORDER BY id = $1::text DESC LIMIT 1`,
    values: [id, order, url],
  };
}

/** What notes how endpoints do, as far as they are there. */
export function savingProgress(endpoints: readonly Endpoint[]): Statement {
  const { from, values } = given(
    ["id", ...PROGRESS_COLUMNS],
    endpoints.map((endpoint) => [endpoint.id, ...toProgressRow(endpoint)]),
    TEXT_COLUMNS,
  );
  const settings = PROGRESS_COLUMNS
    .map((column) => `${column} = given.${column}`);
  return {
    text: `UPDATE webhooks SET ${settings.join(", ")} FROM ${from}
      WHERE webhooks.id = given.id`,
    values,
  };
}

/** What puts other secrets in place; answers with a row if it did. */
export function savingSecrets(
  id: string,
  secrets: readonly EndpointSecret[],
): Statement {
  return {
    text: `UPDATE webhooks SET secrets = $2::text WHERE id = $1::text
      RETURNING id`,
    values: [id, JSON.stringify(secrets)],
  };
}

/** What removes an endpoint; answers with a row if there was one. */
export function removingEndpoint(id: string): Statement {
  return {
    text: "DELETE FROM webhooks WHERE id = $1::text RETURNING id",
    values: [id],
  };
}

/**
 * The events that come next for an endpoint, each after the sequence of the
 * last one of all, all as of one moment; a row with that alone if there is none.
 *
 * @param endpoint Whose; of an order, they are of all types.
 * @param after Only events after this sequence.
 * @param limit At most so many.
 */
export function owedTo(
  { order, types }: Pick<Endpoint, "order" | "types">,
  after: number,
  limit: number,
): Statement {
  const isOwed = order === null ? "type = ANY($3::text[])" : "id = $3::bigint";
  return {
    text: `SELECT last_event.sequence, owed.* FROM last_event
      LEFT JOIN LATERAL (
        SELECT ${EVENT_SELECTION} FROM events
        WHERE events.sequence > $1::bigint AND ${isOwed}
        ORDER BY events.sequence LIMIT $2::bigint
      ) AS owed ON TRUE
      ORDER BY owed.sequence`,
    values: [after, limit, order ?? arrayOf(types)],
  };
}
