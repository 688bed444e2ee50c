/**
 * The leases of the daemons that share a PostgreSQL database, by its clock.
 *
 * @module
 */

import type { Lease, Renewal, Standing } from "../../cluster/lease_store.ts";
import { allocateSlots, type OtherLease } from "../../cluster/slots.ts";
import type { Statement } from "./connection.ts";
import type { ReconnectingConnection } from "./connection_pool.ts";
import { LOCK_LEASES } from "./migrations.ts";

/** How long a lease lasts unless it is renewed, in milliseconds. */
export const LEASE_DURATION_MS = 5_000;

/**
 * Ends the leases that have run out for good: a clock that is set back brings
 * none to life again.
 */
export const END_LEASES: Statement = {
  text: `UPDATE daemons SET ended_at = lease_until
    WHERE ended_at IS NULL AND lease_until <= clock_timestamp()`,
};

/** In milliseconds since 1970. */
const DATE = "extract(epoch FROM clock_timestamp())::float8 * 1000";

/** All leases that have not ended long ago; ended for how many milliseconds. */
const SELECT_LEASE_SLOTS: Statement = {
  text: `SELECT number, max_requests_per_second, slots,
      extract(epoch FROM clock_timestamp() - ended_at)::float8 * 1000
    FROM daemons ORDER BY number`,
};

/** Far longer than any window. */
const DELETE_OLD_LEASES: Statement = {
  text: `DELETE FROM daemons
    WHERE ended_at < clock_timestamp() - interval '1 day'`,
};

/** The lease by which webhooks are delivered. */
const SELECT_LEADER: Statement = { text: "SELECT daemon FROM deliverer" };

/** How many orders are watched, by whom they are held. */
const COUNT_ASSIGNED: Statement = {
  text: "SELECT daemon, count(*) FROM watches WHERE outcome IS NULL GROUP BY 1",
};

/**
 * Begins a lease.
 *
 * @param place The connection for it.
 * @param before The number of the lease that ends by it, if there is one.
 * @param duration How long it lasts unless it is renewed, in milliseconds.
 */
export function beginLease(
  place: ReconnectingConnection,
  before: number | undefined,
  duration: number,
): Promise<Lease> {
  return place.exclusive(async () => {
    const { answers, connection } = await place.begin(
      { text: "BEGIN" },
      LOCK_LEASES,
      END_LEASES,
      expireLease(before),
      {
        text: `INSERT INTO daemons (lease_until, slots, held)
          VALUES (clock_timestamp() + ${milliseconds("$1")}, 0, 0)
          RETURNING number, ${DATE}`,
        values: [duration],
      },
    );
    await connection.run({ text: "COMMIT" });
    const [number, date] = answers.at(-1)!.rows[0] as [number, number];
    return { number, date, duration };
  });
}

/**
 * Lets a lease last for its whole duration from now on.
 *
 * @param place The connection for it.
 * @param number The number of the lease.
 * @param renewal What its daemon tells.
 * @param duration How long that is, in milliseconds.
 * @returns How the daemon stands; `undefined` if the lease has ended.
 */
export function renewLease(
  place: ReconnectingConnection,
  number: number,
  { canDeliver, maxRequestsPerSecond, slots: told, held }: Renewal,
  duration: number,
): Promise<Standing | undefined> {
  return place.exclusive(async () => {
    const { answers, connection } = await place.begin(
      { text: "BEGIN" },
      LOCK_LEASES,
      END_LEASES,
      {
        text: `UPDATE daemons SET
            lease_until = clock_timestamp() + ${milliseconds("$4")},
            max_requests_per_second = $2::float8, held = $3::bigint
          WHERE number = $1::bigint AND ended_at IS NULL
          RETURNING slots, ${DATE}`,
        values: [number, maxRequestsPerSecond, held, duration],
      },
      SELECT_LEASE_SLOTS,
      COUNT_ASSIGNED,
      ...canDeliver ? [electLeader(number)] : [],
      SELECT_LEADER,
    );
    const [granted, date] = (answers[3]!.rows[0] ?? []) as [number?, number?];
    if (granted === undefined || date === undefined) {
      await connection.run({ text: "COMMIT" });
      return undefined;
    }
    const rows = answers[4]!.rows as LeaseRow[];
    const counts = answers[5]!.rows as [number | null, number][];
    const allotment = allocateSlots({
      maxRequestsPerSecond,
      number,
      using: Math.min(told, granted),
      others: othersOf(
        rows.filter(([other]) => other !== number),
        maxRequestsPerSecond,
      ),
      watched: sum(counts),
    });
    await connection.run(
      {
        text: "UPDATE daemons SET slots = $2::float8 WHERE number = $1::bigint",
        values: [number, allotment.slots],
      },
      DELETE_OLD_LEASES,
      { text: "COMMIT" },
    );
    const living = new Set(
      rows.filter(([, , , ended]) => ended === null).map(([one]) => one),
    );
    const [deliverer] = answers.at(-1)!.rows[0] as [number | null];
    const free = counts.filter(([daemon]) => !living.has(daemon ?? 0));
    return {
      ...allotment,
      date,
      free: sum(free),
      delivers: deliverer === number,
    };
  });
}

/**
 * Has webhooks be delivered by a lease, if it lives and no other one does by
 * which they are. Whoever still stores what it has delivered is not waited for,
 * or all renewals would wait.
 */
function electLeader(number: number): Statement {
  return {
    text: `WITH ended AS (
        SELECT ctid FROM deliverer
        WHERE daemon IS DISTINCT FROM $1::bigint
          AND EXISTS (
            SELECT FROM daemons WHERE number = $1::bigint AND ended_at IS NULL
          )
          AND NOT EXISTS (
            SELECT FROM daemons
            WHERE number = deliverer.daemon AND ended_at IS NULL
          )
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE deliverer SET daemon = $1::bigint FROM ended
      WHERE deliverer.ctid = ended.ctid`,
    values: [number],
  };
}

/**
 * Ends a lease at once.
 *
 * @param place The connection for it.
 * @param number The number of the lease.
 */
export function endLease(
  place: ReconnectingConnection,
  number: number,
): Promise<void> {
  return place.exclusive(async () => {
    const { connection } = await place.begin(
      { text: "BEGIN" },
      LOCK_LEASES,
      END_LEASES,
      expireLease(number),
    );
    await connection.run({ text: "COMMIT" });
  });
}

type LeaseRow = [
  number: number,
  maxRequestsPerSecond: number | null,
  slots: number,
  endedAgo: number | null,
];

/** One that has told no limit yet is taken to go by the same. */
function othersOf(
  rows: readonly LeaseRow[],
  maxRequestsPerSecond: number,
): OtherLease[] {
  return rows.map(([number, told, slots, endedFor]) => ({
    number,
    maxRequestsPerSecond: told ?? maxRequestsPerSecond,
    slots,
    endedFor: endedFor ?? -1,
  }));
}

function expireLease(number: number | undefined): Statement {
  return {
    text: `UPDATE daemons SET ended_at = clock_timestamp()
      WHERE number = $1::bigint AND ended_at IS NULL`,
    values: [number ?? null],
  };
}

function sum(counts: readonly (readonly [unknown, number])[]): number {
  return counts.reduce((all, [, count]) => all + count, 0);
}

/** So many milliseconds, by what stands for their number. */
function milliseconds(count: string): string {
  return `${count}::float8 * interval '1 millisecond'`;
}
