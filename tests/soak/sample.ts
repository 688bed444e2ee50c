/**
 * What a daemon takes at one moment, as the system and its metrics tell.
 *
 * @module
 */

/** One moment of a soak. */
export interface Sample {
  /** When, in seconds since the soak began. */
  at: number;
  /** Resident memory, in bytes. */
  memory: number;
  /** Open file descriptors. */
  descriptors: number;
  /** The database file and the log beside it, in bytes. */
  database: number;
  /** Orders that are watched and not settled. */
  watching: number;
  /** Seconds of CPU since the process began. */
  cpu: number;
  /** Questions to CallFire since the process began. */
  polls: number;
  /** By how much those were late, in seconds altogether. */
  lateness: number;
}

/** What is looked at. */
export interface Sampled {
  /** The daemon's process. */
  pid: number;
  /** Where it is. */
  url: string;
  /** Its database file. */
  database: string;
}

/**
 * Looks at a daemon.
 *
 * @param sampled Which one.
 * @param at When it is, in seconds since the soak began.
 * @throws {Error} If it is not there, or this is not Linux.
 */
export async function takeSample(
  { pid, url, database }: Sampled,
  at: number,
): Promise<Sample> {
  const response = await fetch(`${url}/metrics`);
  const metrics = await response.text();
  if (!response.ok) throw new Error(`GET /metrics: ${response.status}`);
  return {
    at,
    memory: readMemory(pid),
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    database: sizeOf(database) + sizeOf(`${database}-wal`),
    watching: sumOf(metrics, "callfire_orders_watching"),
    cpu: sumOf(metrics, "process_cpu_seconds_total"),
    polls: sumOf(metrics, "callfire_polls_total"),
    lateness: sumOf(metrics, "callfire_poll_lateness_seconds_sum"),
  };
}

function readMemory(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kibibytes) * 1024;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** The sum of all series of a metric. */
function sumOf(metrics: string, name: string): number {
  const series = metrics.matchAll(
    new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"),
  );
  return Array.from(series, ([, value]) => Number(value))
    .reduce((sum, value) => sum + value, 0);
}
