/**
 * Endpoints of webhooks as rows of a table, alike in every store.
 *
 * @module
 */

import { StoreError } from "./store.ts";
import type { Endpoint, ParkingReason } from "../webhooks/endpoint.ts";
import { WINDOW_SIZE } from "../webhooks/window.ts";
import type {
  EndpointCounts,
  EndpointPage,
} from "../webhooks/webhook_store.ts";
import { badness, type EndpointPosition } from "../webhooks/worst_first.ts";
import type { RowValue } from "./watch_row.ts";

/** What is said when an endpoint is registered. */
const BEGUN_COLUMNS = [
  "id",
  "url",
  "label",
  "types",
  "order_id",
  "secrets",
  "created_at",
] as const;

/** What is as nothing again once an endpoint is resumed. */
const FAILURE_COLUMNS = [
  "failing_since",
  "failing_count",
  "failing_next_at",
  "held_since",
  "parked_at",
  "parked_reason",
] as const;

/** What changes as an endpoint is told of events. */
export const PROGRESS_COLUMNS = [
  "cursor",
  ...FAILURE_COLUMNS,
  "attempts",
] as const;

/** The columns of an endpoint. */
export const WEBHOOK_COLUMNS = [
  ...BEGUN_COLUMNS,
  "resumed",
  ...PROGRESS_COLUMNS,
] as const;

/** What is set as an endpoint is resumed, but for its cursor. */
export const RESUMED_SETTINGS: string = "resumed = resumed + 1, " +
  FAILURE_COLUMNS.map((column) => `${column} = NULL`).join(", ");

/** The columns as they are read: an order's id need not fit a number. */
const READ_COLUMNS = WEBHOOK_COLUMNS.map((column) =>
  column === "order_id" ? "CAST(order_id AS TEXT)" : column
).join(", ");

/** Selects endpoints. */
export const SELECT_WEBHOOKS: string = `SELECT ${READ_COLUMNS} FROM webhooks`;

/** Selects endpoints as a page has them. */
export const SELECT_WEBHOOKS_OF_PAGE: string = `SELECT ${READ_COLUMNS}, number,
    order_id IS NULL OR EXISTS (
      SELECT 1 FROM events WHERE events.id = order_id AND sequence > cursor
    )
  FROM webhooks`;

/**
 * Selects up to where an endpoint of a single order is not told again: a removal
 * that its cursor is past is one from before it was registered, or it would have
 * ended with it.
 */
export const LAST_REMOVAL = `SELECT coalesce(max(sequence), 0) FROM events
  WHERE events.id = order_id AND type = 'order.removed' AND sequence <= cursor`;

/** How bad it is what an endpoint is doing, as {@link badness} says it. */
const BADNESS = `CASE WHEN parked_at IS NOT NULL THEN ${badness("parked")}
  WHEN failing_since IS NOT NULL THEN ${badness("failing")}
  ELSE ${badness("active")} END`;

/**
 * Makes what selects a page of endpoints, those that do worst first.
 *
 * @param worst What stands for how bad it is what the last one of the page
 * before was doing.
 * @param id What stands for its id; that of none where the list begins.
 * @param limit What stands for how many are wanted at most.
 */
export function selectWorst(worst: string, id: string, limit: string): string {
  return `${SELECT_WEBHOOKS}
    WHERE ${BADNESS} < ${worst} OR (${BADNESS} = ${worst} AND number >
      coalesce((SELECT number FROM webhooks WHERE id = ${id}), 0))
    ORDER BY ${BADNESS} DESC, number LIMIT ${limit}`;
}

/** The values of what {@link selectWorst} is given. */
export function worstValues(
  limit: number,
  after: EndpointPosition | undefined,
): [number, string, number] {
  return [badness(after?.state), after?.id ?? "", limit];
}

/** How the statements of a database differ from those of another. */
export interface BacklogDialect {
  /** The function that answers with the largest of its arguments. */
  readonly largest: string;
  /** Selects the types that an endpoint wants. */
  readonly types: string;
  /** Selects the sequence of the last event. */
  readonly last: string;
}

/** Selects what webhooks tell of as numbers. */
export interface WebhookCounting {
  /**
   * How many events each endpoint is yet to be told of, after its id. Of those
   * that a daemon would not hold yet, any type counts.
   */
  readonly selectBacklogs: string;
  /** How many are active, fail and are parked, and all their backlog. */
  readonly selectCounts: string;
}

/**
 * Makes what selects numbers.
 *
 * @param dialect How the database wants it.
 */
export function webhookCounting(
  { largest, last, types }: BacklogDialect,
): WebhookCounting {
  const wanted = `SELECT count(*) FROM events
    WHERE events.sequence > cursor AND type IN (${types})`;
  const backlog = `CASE WHEN order_id IS NULL
      THEN ${largest}(0, (${last}) - cursor - ${WINDOW_SIZE})
        + (${wanted} AND events.sequence <= cursor + ${WINDOW_SIZE})
      ELSE (${wanted} AND events.id = order_id)
    END`;
  const isActive = "parked_at IS NULL AND failing_since IS NULL";
  return {
    selectBacklogs: `SELECT id, ${backlog} FROM webhooks`,
    selectCounts: `SELECT
        count(*) FILTER (WHERE ${isActive}),
        count(*) FILTER (WHERE parked_at IS NULL AND NOT (${isActive})),
        count(*) FILTER (WHERE parked_at IS NOT NULL),
        coalesce(sum(CASE WHEN parked_at IS NULL THEN ${backlog} END), 0)
      FROM webhooks`,
  };
}

/** Reads the numbers that {@link WebhookCounting.selectCounts} selects. */
export function fromCountsRow(row: readonly unknown[]): EndpointCounts {
  const [active, failing, parked, backlog] = row.map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { active, failing, parked, backlog };
}

/** Writes an endpoint as a row of {@link WEBHOOK_COLUMNS}. */
export function toWebhookRow(endpoint: Endpoint): RowValue[] {
  const { createdAt, id, label, order, resumed, secrets, types, url } =
    endpoint;
  return [
    id,
    url,
    label,
    JSON.stringify(types),
    order === null ? null : BigInt(order),
    JSON.stringify(secrets),
    createdAt,
    resumed,
    ...toProgressRow(endpoint),
  ];
}

/** Writes how an endpoint does as a row of {@link PROGRESS_COLUMNS}. */
export function toProgressRow(endpoint: Endpoint): RowValue[] {
  const { attempts, cursor, failing, heldSince, parked } = endpoint;
  return [
    cursor,
    failing?.since ?? null,
    failing?.count ?? null,
    failing?.nextAt ?? null,
    heldSince,
    parked?.at ?? null,
    parked?.reason ?? null,
    JSON.stringify(attempts),
  ];
}

/**
 * Reads an endpoint from a row that {@link SELECT_WEBHOOKS} selects.
 *
 * @throws {StoreError} If it is not as it would be stored.
 */
export function fromWebhookRow(row: readonly unknown[]): Endpoint {
  const [id, url, label, types, order, secrets, createdAt, resumed] = row;
  const [cursor, since, count, nextAt, heldSince, at, reason, attempts] = row
    .slice(WEBHOOK_COLUMNS.indexOf("cursor"));
  const parse = (text: unknown) => {
    try {
      return JSON.parse(String(text));
    } catch {
      // Why is not told: there may be a secret in it.
      throw new StoreError(
        `Cannot read the endpoint '${id}': it was changed in the database by ` +
          "something else; remove it there or by the API",
      );
    }
  };
  return {
    id: String(id),
    url: String(url),
    label: label as string | null,
    types: parse(types),
    order: order as string | null,
    secrets: parse(secrets),
    createdAt: Number(createdAt),
    resumed: Number(resumed),
    cursor: Number(cursor),
    failing: since === null
      ? null
      : { since: Number(since), count: Number(count), nextAt: Number(nextAt) },
    heldSince: heldSince === null ? null : Number(heldSince),
    parked: at === null
      ? null
      : { at: Number(at), reason: reason as ParkingReason },
    attempts: parse(attempts),
  };
}

/**
 * Reads a page of endpoints.
 *
 * @param rows The rows that {@link SELECT_WEBHOOKS_OF_PAGE} selects.
 * @param limit How many they are at most.
 */
export function fromPageRows(
  rows: readonly (readonly unknown[])[],
  limit: number,
): EndpointPage {
  const endpoints = rows.map(fromWebhookRow);
  const [number, isOwed] = [0, 1].map((at) => WEBHOOK_COLUMNS.length + at);
  return {
    endpoints,
    owed: new Set(
      endpoints.filter((_, at) => rows[at]![isOwed!]).map(({ id }) => id),
    ),
    next: rows.length < limit ? undefined : Number(rows.at(-1)![number!]),
  };
}
