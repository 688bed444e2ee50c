/**
 * The statements of the PostgreSQL store about endpoints of webhooks.
 *
 * @module
 */

import type { Endpoint, EndpointSecret } from "../../webhooks/endpoint.ts";
import type { EndpointPosition } from "../../webhooks/worst_first.ts";
import type { Statement } from "./connection.ts";
import { arrayOf, EVENT_SELECTION, unnestRows } from "./rows.ts";
import { INCARNATION } from "./statements.ts";
import {
  LAST_REMOVAL,
  PROGRESS_COLUMNS,
  RESUMED_SETTINGS,
  SELECT_WEBHOOKS,
  SELECT_WEBHOOKS_OF_PAGE,
  selectWorst,
  toProgressRow,
  toWebhookRow,
  WEBHOOK_COLUMNS,
  webhookCounting,
  worstValues,
} from "../webhook_row.ts";

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

/** On what others are told of endpoints that were changed, by their ids. */
export const WEBHOOK_CHANNEL = "callfire_orders_webhooks";

const { selectBacklogs, selectCounts } = webhookCounting({
  largest: "greatest",
  types: "SELECT json_array_elements_text(types::json)",
  last: "SELECT sequence FROM last_event",
});

/** Of some ids, or whatever if they are null. */
const IS_WANTED = "($1::text[] IS NULL OR id = ANY($1::text[]))";

/** Endpoints, the oldest first: those of some ids, or all. */
export function selectEndpoints(ids: readonly string[] | undefined): Statement {
  return {
    text: `${SELECT_WEBHOOKS} WHERE ${IS_WANTED} ORDER BY number`,
    values: [ids ? arrayOf(ids) : null],
  };
}

/** Endpoints after a number, the oldest first. */
export function selectEndpointPage(after: number, limit: number): Statement {
  return {
    text: `${SELECT_WEBHOOKS_OF_PAGE}
      WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint`,
    values: [after, limit],
  };
}

/** A page of endpoints, those that do worst first. */
export function worstEndpoints(
  limit: number,
  after: EndpointPosition | undefined,
): Statement {
  return {
    text: selectWorst("$1::int", "$2::text", "$3::bigint"),
    values: worstValues(limit, after),
  };
}

/** How many there are, and what they are yet to be told of. */
export const COUNT_ENDPOINTS: Statement = { text: selectCounts };

/** How many events each is yet to be told of that is not parked. */
export function backlogsOf(ids: readonly string[] | undefined): Statement {
  return {
    text: `${selectBacklogs} WHERE parked_at IS NULL AND ${IS_WANTED}`,
    values: [ids ? arrayOf(ids) : null],
  };
}

/**
 * What adds an endpoint that is owed what happens from then on, unless it is
 * there, or the same one of its order, or would be one too many; the last event
 * has to be locked.
 *
 * @param endpoint The endpoint.
 * @param most How many there may be of the same order, or of all orders.
 */
export function insertEndpoint(endpoint: Endpoint, most: number): Statement {
  const { from, values } = unnestRows(
    WEBHOOK_COLUMNS,
    [toWebhookRow(endpoint)],
    TEXT_COLUMNS,
  );
  const selection = WEBHOOK_COLUMNS.map((column) =>
    column === "cursor" ? "last_event.sequence" : `given.${column}`
  );
  // Unlike IS NOT DISTINCT FROM, either is looked up in the index.
  const isOfSame = endpoint.order === null
    ? "webhooks.order_id IS NULL"
    : "webhooks.order_id = given.order_id";
  return notifyingChange(
    `INSERT INTO webhooks (${WEBHOOK_COLUMNS.join(", ")})
      SELECT ${selection.join(", ")} FROM ${from}, last_event
      WHERE NOT EXISTS (
        SELECT FROM webhooks
        WHERE ${IS_SAME("given.order_id", "given.url")}
      ) AND (
        SELECT count(*) FROM webhooks WHERE ${isOfSame}
      ) < $${values.length + 1}::bigint
      ON CONFLICT (id) DO NOTHING`,
    ...values,
    most,
  );
}

/** An endpoint; if it is not there, the same one of its order. */
export function selectEndpointOrSame({ id, order, url }: Endpoint): Statement {
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

/**
 * What notes how endpoints do, as far as they are there and as they were; only
 * for the lease that delivers, which stays so until that is done.
 *
 * @param endpoints The endpoints.
 * @param lease The number of the lease.
 * @param incarnation The database in which they came so far: another one may
 * not have the events that they are done with.
 */
export function updateProgress(
  endpoints: readonly Endpoint[],
  lease: number,
  incarnation: string,
): Statement {
  const { from, values } = unnestRows(
    ["id", "resumed", ...PROGRESS_COLUMNS],
    endpoints.map((endpoint) => [
      endpoint.id,
      endpoint.resumed,
      ...toProgressRow(endpoint),
    ]),
    TEXT_COLUMNS,
  );
  const settings = PROGRESS_COLUMNS
    .map((column) => `${column} = given.${column}`);
  return {
    text: `WITH delivers AS (
        SELECT FROM deliverer WHERE daemon = $${values.length + 1}::bigint
          AND ${INCARNATION} = $${values.length + 2}::text
        FOR SHARE
      )
      UPDATE webhooks SET ${settings.join(", ")} FROM ${from}, delivers
      WHERE webhooks.id = given.id AND webhooks.resumed = given.resumed`,
    values: [...values, lease, incarnation],
  };
}

/**
 * What puts secrets in the place of others, also if it is done again; answers
 * with a row if it did.
 */
export function updateSecrets(
  id: string,
  secrets: readonly EndpointSecret[],
  before: readonly EndpointSecret[],
): Statement {
  return notifyingChange(
    `UPDATE webhooks SET secrets = $2::text
      WHERE id = $1::text AND secrets IN ($2::text, $3::text)`,
    id,
    JSON.stringify(secrets),
    JSON.stringify(before),
  );
}

/**
 * What has an endpoint go on; answers with a row if it is there.
 *
 * @param id Its id.
 * @param after The sequence after which; where it was unless told.
 */
export function enableEndpoint(
  id: string,
  after: number | undefined,
): Statement {
  return notifyingChange(
    `UPDATE webhooks SET ${RESUMED_SETTINGS}, cursor = greatest(
        least(coalesce($2::bigint, cursor), (SELECT sequence FROM last_event)),
        (${LAST_REMOVAL})
      )
      WHERE id = $1::text`,
    id,
    after === undefined ? null : Math.min(after, Number.MAX_SAFE_INTEGER),
  );
}

/**
 * What removes an endpoint; answers with a row if there was one.
 *
 * @param id Its id.
 * @param resumed How often it was resumed; whatever that is unless told.
 */
export function deleteEndpoint(id: string, resumed?: number): Statement {
  return notifyingChange(
    `DELETE FROM webhooks
      WHERE id = $1::text AND resumed = coalesce($2::bigint, resumed)`,
    id,
    resumed ?? null,
  );
}

/** A change of endpoints, of which the daemon that delivers is told. */
function notifyingChange(
  change: string,
  ...values: readonly (string | number | null)[]
): Statement {
  return {
    text: `WITH changed AS (${change} RETURNING id)
      SELECT pg_notify('${WEBHOOK_CHANNEL}', id) FROM changed`,
    values,
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
export function selectPendingEvents(
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
