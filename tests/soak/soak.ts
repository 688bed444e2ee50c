/**
 * One soak: the real daemon and a sandbox CallFire where orders come and go and
 * things go wrong, for as long as one likes.
 *
 * @module
 */

import { MIN_INTERVAL_MS } from "../../mod.ts";
import { KEPT_EVENTS } from "../../daemon/store/store.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { Dice } from "../simulation/dice.ts";
import { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { checkConservation } from "./conservation.ts";
import { EventAudit } from "./event_audit.ts";
import { pause } from "../helpers/system/pause.ts";
import { Population } from "./population.ts";
import { followAll, Reader, stall, wander } from "./readers.ts";
import { type Sample, takeSample } from "./sample.ts";
import { makeTrouble, type PastSpell } from "./trouble.ts";
import { visit } from "./visitors.ts";

/** How long a settled order stays, in milliseconds. */
const LINGER = 20_000;

/** The part of all orders that may be new within a second. */
const TURNOVER = 1 / 50;

/** When an order is given up. */
const EXPIRE_AFTER = { flag: "5m", milliseconds: 300_000 };

/** How often the daemon is looked at: so often in all, and in milliseconds. */
const SAMPLES = 200;
const SHORTEST_SAMPLE = 1_000;
const LONGEST_SAMPLE = 10_000;

/** How long all orders may take to settle at the end, in milliseconds. */
const SETTLED_WITHIN = 300_000;

/**
 * After so many events the database holds as many as it ever will: those of an
 * order are kept until its removal is as old as the oldest event may be.
 */
const FULL_AFTER = 1.25 * KEPT_EVENTS;

/** How much is kept of what the daemon prints, in characters. */
const KEPT_OUTPUT = 4_000;

/** As many broken promises are told. */
const TOLD_BROKEN = 50;

/** How to soak. */
export interface SoakOptions {
  /** How long, in milliseconds. */
  duration: number;
  /** How many orders the daemon is to know at any time. */
  orders: number;
  /** Decides fates and faults. */
  seed: number;
  /** Where the database is. */
  folder: string;
  /** Ends it early. */
  signal: AbortSignal;
  /** Is told how it goes, now and then. */
  onProgress: (sample: Sample, audit: EventAudit) => void;
}

/** What a soak came to. */
export interface SoakOutcome {
  /** What the daemon took, moment by moment. */
  samples: Sample[];
  /** When CallFire failed altogether, in seconds since the soak began. */
  spells: PastSpell[];
  /** When the database held as many events as it ever will; `Infinity` if never. */
  fullAt: number;
  /** What must not have been; empty if all went well. */
  broken: string[];
  /** What was done, each with how often. */
  counts: Record<string, number>;
}

/** Runs a soak. */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { duration, folder, onProgress, orders, seed, signal } = options;
  const broken: string[] = [];
  const onBroken = (what: string) => {
    if (broken.length < TOLD_BROKEN) broken.push(what);
  };
  await using sandbox = await startSandbox({ recordRequests: false });
  await using daemon = await DaemonProcess.start({
    sandbox,
    folder,
    args: [
      `--expire-after=${EXPIRE_AFTER.flag}`,
      `--max-requests-per-second=${Math.max(20, Math.ceil(orders / 4))}`,
    ],
  });
  const { url } = daemon;
  const dice = (purpose: string) => new Dice(seed, purpose);
  const audit = new EventAudit(onBroken);
  const population = new Population({
    sandbox,
    url,
    orders,
    // A short soak goes through its orders faster.
    newPerSecond: orders * Math.max(TURNOVER, 3000 / duration),
    linger: Math.min(LINGER, duration / 6),
    expireAfter: EXPIRE_AFTER.milliseconds,
    dice: dice("orders"),
    onBroken,
  });

  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end);
  /** Lets something run to its end; should it fail, all of it is over. */
  const guard = async <T>(running: Promise<T>): Promise<T | undefined> => {
    try {
      return await running;
    } catch (error) {
      onBroken(error instanceof Error ? error.message : String(error));
      end();
      return undefined;
    }
  };
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const samples: Sample[] = [];
  const spells: PastSpell[] = [];
  let fullAt = Infinity;

  const sampling = async () => {
    const sampled = { pid: daemon.pid, url, database: `${folder}/orders.db` };
    const interval = Math.min(
      LONGEST_SAMPLE,
      Math.max(SHORTEST_SAMPLE, duration / SAMPLES),
    );
    while (!over.signal.aborted) {
      const sample = await takeSample(sampled, seconds());
      samples.push(sample);
      onProgress(sample, audit);
      daemon.output = daemon.output.slice(-KEPT_OUTPUT);
      await pause(interval, over.signal);
    }
  };

  const told = new AbortController();
  const reader = new Reader(url);
  const following = guard(
    followAll(reader, told.signal, dice("first reader"), (event) => {
      audit.take(event);
      population.told(event);
      if (audit.last === FULL_AFTER) fullAt = seconds();
    }),
  );
  const wanderers = ["second reader", "third reader"].map((name) => ({
    reader: new Reader(url),
    dice: dice(name),
  }));
  const visiting = visit({
    url,
    dice: dice("visitors"),
    some: () => population.some(),
    onBroken,
  }, over.signal);
  const loops = [
    population.live(over.signal),
    makeTrouble({
      faults: sandbox.faults,
      dice: dice("faults"),
      duration,
      asked: () => sandbox.requests.count,
      spells,
    }, over.signal),
    sampling(),
    visiting,
    stall(url, over.signal),
    ...wanderers.map(({ dice, reader }) =>
      wander(reader, over.signal, dice, onBroken)
    ),
  ].map((running) => guard<unknown>(running));
  await pause(duration, over.signal);
  end();
  await Promise.all(loops);
  signal.removeEventListener("abort", end);

  const checking = async () => {
    population.end();
    await allSettled(daemon);
    const { living } = population;
    for (const what of await checkConservation(daemon, living, audit)) {
      onBroken(what);
    }
  };
  await guard(checking());
  told.abort();
  await following;
  const code = await daemon.stop();
  if (code !== 0) onBroken(`the daemon ended with ${code}: ${daemon.output}`);
  const gap = sandbox.requests.smallestGap();
  if (gap < MIN_INTERVAL_MS) {
    onBroken(`CallFire was asked twice about an order within ${gap} ms`);
  }
  const since = (time: number) => (time - startedAt) / 1000;
  const readers = [reader, ...wanderers.map(({ reader }) => reader)];
  return {
    samples,
    spells: spells.map(({ name, from, to }) => {
      return { name, from: since(from), to: since(to) };
    }),
    fullAt,
    broken,
    counts: {
      "orders watched": population.watched,
      "orders removed": population.removed,
      "labels changed": population.renamed,
      "orders settled": sum(audit.ends.values()),
      "events": audit.last,
      "connections of readers": sum(readers.map((one) => one.connections)),
      "other questions to the API": await visiting.catch(() => 0),
      "questions to CallFire": sandbox.requests.count,
      "spells": spells.length,
      "least time between two questions about an order, ms": Math.floor(gap),
    },
  };
}

/** Waits until no order is watched any more. */
async function allSettled(daemon: DaemonProcess): Promise<void> {
  const latest = performance.now() + SETTLED_WITHIN;
  for (;;) {
    const { orders } = await daemon
      .json<{ orders: { watching: number } }>("GET", "/v1/summary");
    if (orders.watching === 0) return;
    if (performance.now() > latest) {
      throw new Error(`${orders.watching} orders did not settle at the end`);
    }
    await pause(500);
  }
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
