/**
 * The statements of the PostgreSQL store about watches and events.
 *
 * @module
 */

import type { ListQuery } from "../store.ts";
import type { EventType, WatchedOrder } from "../../polling/watched_order.ts";
import type { Changes } from "./batch.ts";
import { deleteEpochs, selectEpoch } from "../epoch_sql.ts";
import type { Statement } from "./connection.ts";
import {
  arrayOf,
  EVENT_COLUMNS,
  EVENT_SELECTION,
  insertRows,
  LEASED_COLUMNS,
  LEASED_SELECTION,
  type LeasedEvent,
  leasedEventRow,
  type LeasedWatch,
  leasedWatchRow,
  unnestRows,
} from "./rows.ts";
import { POLLED_COLUMNS, toPolledRow, WATCH_SELECTION } from "../watch_row.ts";

/** The channel on which every commit with events is told of. */
export const CHANNEL = "callfire_orders";

/** How long the holder of an order that was removed is known. */
const REMOVAL_RETENTION = "interval '1 minute'";

const SELECT_WATCH = `SELECT ${WATCH_SELECTION} FROM watches`;
const SELECT_EVENT = `SELECT ${EVENT_SELECTION} FROM events`;

/** The sequence of the last event; nobody else adds one until it is committed. */
export const LOCK_LAST_EVENT: Statement = {
  text: "SELECT sequence FROM last_event FOR UPDATE",
};

/** The sequence of the last event. */
export const SELECT_LAST_EVENT: Statement = {
  text: "SELECT sequence FROM last_event",
};

/**
 * What tells one incarnation of a database from another: the start of its
 * server, the database, and the file of a table. A standby that takes over
 * changes the first, and whatever restores a database changes one of them.
 */
export const INCARNATION = `(SELECT concat_ws(' ',
    extract(epoch FROM pg_postmaster_start_time()),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    pg_relation_filenode(last_event.tableoid)
  ) FROM last_event)`;

/**
 * Where the history of the database stands, all as of one moment.
 *
 * @param sequence A sequence whose epoch is wanted too.
 */
export function selectHistoryState(sequence: number): Statement {
  return {
    text: `SELECT sequence, ${selectEpoch("last_event.sequence")},
        ${selectEpoch("$1::bigint")}, ${INCARNATION}
      FROM last_event`,
    values: [sequence],
  };
}

/** The epoch of a sequence; no row for 0 and beyond the last event. */
export function epochOf(sequence: number): Statement {
  return {
    text: `SELECT ${selectEpoch("$1::bigint")} FROM last_event
      WHERE $1::bigint BETWEEN 1 AND sequence`,
    values: [sequence],
  };
}

/**
 * What begins an epoch, and deletes those that nothing needs any more.
 *
 * @param epoch Its name.
 * @param first The sequence that it begins at.
 * @param oldest The sequence up to which an epoch ended long ago.
 */
export function beginEpoch(
  epoch: string,
  first: number,
  oldest: number,
): Statement[] {
  return [
    {
      text: `INSERT INTO epochs (first_sequence, epoch)
        VALUES ($1::bigint, $2::text)
        ON CONFLICT (first_sequence) DO UPDATE SET epoch = excluded.epoch`,
      values: [first, epoch],
    },
    { text: deleteEpochs("$1::bigint"), values: [oldest] },
  ];
}

/** How many watches there are of each outcome. */
export const COUNT_WATCHES: Statement = {
  text: "SELECT outcome, count(*) FROM watches GROUP BY outcome",
};

/** All that are watched. */
export const SELECT_WATCHING: Statement = {
  text: `${SELECT_WATCH} WHERE outcome IS NULL`,
};

/** The leases that have not ended, with their slots. */
export const SELECT_LEASES: Statement = {
  text: `SELECT number, slots FROM daemons
    WHERE ended_at IS NULL AND lease_until > clock_timestamp()`,
};

/** The watches of some orders, with their holders. */
export function selectWatches(ids: readonly string[]): Statement {
  return {
    text: `SELECT ${LEASED_SELECTION} FROM watches
      WHERE id = ANY($1::bigint[])`,
    values: [arrayOf(ids.map(BigInt))],
  };
}

/** Those of some orders that were removed a short time ago, by whom held. */
export function selectRemovals(ids: readonly string[]): Statement {
  return {
    text: `SELECT id::text, daemon FROM removals
      WHERE id = ANY($1::bigint[])
        AND removed_at > clock_timestamp() - ${REMOVAL_RETENTION}`,
    values: [arrayOf(ids.map(BigInt))],
  };
}

/** The watch of an order. */
export function selectWatch(id: string): Statement {
  return { text: `${SELECT_WATCH} WHERE id = $1::bigint`, values: [id] };
}

/** A page of watches, the newest first. */
export function listWatches(query: ListQuery): Statement {
  const { state, outcome, label, limit, after } = query;
  const conditions: string[] = ["TRUE"];
  const values: (string | number)[] = [];
  const place = (value: string | number) => `$${values.push(value)}`;
  if (state === "watching") conditions.push("outcome IS NULL");
  if (state === "settled") conditions.push("outcome IS NOT NULL");
  if (outcome !== undefined) {
    conditions.push(`outcome = ${place(outcome)}::text`);
  }
  if (label !== undefined) conditions.push(`label = ${place(label)}::text`);
  if (after) {
    const [watchedAt, id] = [place(after.watchedAt), place(after.id)];
    conditions.push(
      `(watched_at, id) < (${watchedAt}::bigint, ${id}::bigint)`,
    );
  }
  return {
    text: `${SELECT_WATCH} WHERE ${conditions.join(" AND ")}
      ORDER BY watched_at DESC, watches.id DESC
      LIMIT ${place(limit)}::bigint`,
    values,
  };
}

/** The events of a watch since it began, the oldest first. */
export function selectHistory(id: string): Statement {
  // An order that was removed may have been watched anew.
  return {
    text: `${SELECT_EVENT} WHERE id = $1::bigint AND sequence > (
        SELECT coalesce(max(sequence), 0) FROM events
        WHERE id = $1::bigint AND type = 'order.removed'
      ) ORDER BY sequence`,
    values: [id],
  };
}

/** Events after a sequence, the oldest first; of some types, if told. */
export function eventsAfter(
  sequence: number,
  limit: number,
  types?: readonly EventType[],
): Statement {
  if (!types) {
    return {
      text: `${SELECT_EVENT} WHERE sequence > $1::bigint
        ORDER BY sequence LIMIT $2::bigint`,
      values: [sequence, limit],
    };
  }
  return {
    text: `${SELECT_EVENT} WHERE sequence > $1::bigint
      AND type = ANY($3::text[]) ORDER BY sequence LIMIT $2::bigint`,
    values: [sequence, limit, arrayOf(types)],
  };
}

/** What writes changes of watches. */
export function writeWatches(
  { added, changed, removed }: Changes,
): Statement[] {
  const statements: Statement[] = [];
  if (removed.length > 0) statements.push(...deleteWatches(removed));
  if (changed.length > 0) statements.push(updateWatches(changed));
  if (added.length > 0) {
    statements.push(
      insertRows("watches", LEASED_COLUMNS, added.map(leasedWatchRow)),
    );
  }
  return statements;
}

/**
 * What notes how watches stand that were polled without a change, unless one
 * is known to stand further on or is held by another.
 *
 * @param touched The watches.
 * @param daemon The number of the lease that they were polled by.
 */
export function updatePolled(
  touched: readonly WatchedOrder[],
  daemon: number,
): Statement {
  const { from, values } = unnestRows(POLLED_COLUMNS, touched.map(toPolledRow));
  return {
    text: `UPDATE watches SET ${settings(POLLED_COLUMNS)} FROM ${from}
      WHERE watches.id = given.id AND watches.watched_at = given.watched_at
        AND watches.outcome IS NULL AND watches.polls < given.polls
        AND watches.daemon = $${values.length + 1}::bigint`,
    values: [...values, daemon],
  };
}

/** What adds events that follow on the last one, and tells of them. */
export function insertEvents(
  events: readonly LeasedEvent[],
  last: number,
): Statement[] {
  return [
    insertRows("events", EVENT_COLUMNS, events.map(leasedEventRow)),
    {
      text: "UPDATE last_event SET sequence = $1::bigint",
      values: [last],
    },
    {
      text: `SELECT pg_notify('${CHANNEL}', $1::text)`,
      values: [String(last)],
    },
  ];
}

/** What writes nothing new, as far as to the disk. */
export const NOOP_WRITE: Statement = {
  text: "UPDATE last_event SET sequence = sequence",
};

/**
 * What drops events of watches that were removed, the oldest first. What
 * happened to a watch is kept for as long as its removal is, and that for as
 * long as an endpoint that is not parked is yet to be told of it.
 *
 * @param sequence Of watches whose removal is not after this one.
 * @param limit At most so many.
 */
export function pruneEvents(sequence: number, limit: number): Statement[] {
  // The removal itself goes last, so that the rest is found again.
  return [
    {
      text: `DELETE FROM events WHERE sequence IN (
          SELECT told.sequence FROM (
            SELECT id, sequence FROM events
            WHERE type = 'order.removed' AND sequence <= least($1::bigint, (
              SELECT min(cursor) FROM webhooks
              WHERE order_id IS NULL AND parked_at IS NULL
            )) AND NOT EXISTS (
              SELECT FROM webhooks
              WHERE order_id = events.id AND parked_at IS NULL
            )
            ORDER BY sequence LIMIT $2::bigint
          ) AS removed
          CROSS JOIN LATERAL (
            SELECT sequence FROM events
            WHERE id = removed.id AND sequence <= removed.sequence
            ORDER BY sequence LIMIT $2::bigint
          ) AS told
          ORDER BY removed.sequence, told.sequence LIMIT $2::bigint
        )`,
      values: [sequence, limit],
    },
    {
      text: `DELETE FROM removals
        WHERE removed_at < clock_timestamp() - ${REMOVAL_RETENTION}`,
    },
  ];
}

/**
 * What takes orders that nobody holds whose lease has not ended, those due
 * first, for a lease that has not.
 *
 * @param limit At most so many.
 * @param daemon The number of the lease.
 */
export function claimOrders(limit: number, daemon: number): Statement {
  return {
    text: `UPDATE watches SET daemon = $1::bigint
      WHERE id IN (
        SELECT id FROM watches AS free
        WHERE outcome IS NULL AND NOT EXISTS (
          SELECT FROM daemons
          WHERE number = free.daemon AND ended_at IS NULL
        )
        ORDER BY next_poll_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
      ) AND EXISTS (
        SELECT FROM daemons WHERE number = $1::bigint AND ended_at IS NULL
      )
      RETURNING ${WATCH_SELECTION}`,
    values: [daemon, limit],
  };
}

function deleteWatches(removed: readonly LeasedWatch[]): Statement[] {
  const { from, values } = unnestRows(
    ["id", "daemon"],
    removed.map(({ watch, daemon }) => [BigInt(watch.id), daemon]),
  );
  return [
    {
      text: "DELETE FROM watches WHERE id = ANY($1::bigint[])",
      values: [values[0]!],
    },
    {
      text: `INSERT INTO removals (id, daemon, removed_at)
        SELECT id, daemon, clock_timestamp() FROM ${from}
        ON CONFLICT (id) DO UPDATE
        SET daemon = excluded.daemon, removed_at = excluded.removed_at`,
      values,
    },
  ];
}

function updateWatches(changed: readonly LeasedWatch[]): Statement {
  const { from, values } = unnestRows(
    LEASED_COLUMNS,
    changed.map(leasedWatchRow),
  );
  return {
    text: `UPDATE watches SET ${settings(LEASED_COLUMNS)} FROM ${from}
      WHERE watches.id = given.id`,
    values,
  };
}

function settings(columns: readonly string[]): string {
  return columns
    .filter((column) => column !== "id")
    .map((column) => `${column} = given.${column}`)
    .join(", ");
}
