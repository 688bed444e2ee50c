/**
 * What CallFire was promised, held against every question that it is asked.
 *
 * @module
 */

import { MIN_INTERVAL_MS } from "../../mod.ts";
import type { Answer } from "./model_answers.ts";
import type { Process } from "./process.ts";
import { LARGEST_DRIFT } from "./process_clock.ts";
import { Punctuality } from "./punctuality.ts";
import { NOTHING, type Question, type Run404 } from "./questions.ts";
import type { World } from "./world.ts";

/** How long it is quiet at least once the credentials were refused. */
const QUIET_AFTER_REFUSAL = 15_000;

/** How long after a first 403, which may be about one order alone. */
const QUIET_AFTER_FIRST_403 = 1_000;

/** How long it is quiet at least between two probes of a failing CallFire. */
const QUIET_AFTER_PROBE = 500;

/** The longest that it may be quiet while an order is watched. */
const MAX_SILENCE_MS = 150_000;

/** The longest that an answer can keep the daemon away. */
const LONGEST_RETRY_AFTER = 3_600_000;

/** The most questions that are out at once. */
const MOST_IN_FLIGHT = 64;

/** A time in which a process may not ask, about one order or any. */
interface Quiet {
  from: number;
  until: number;
  why: string;
}

/** Watches over the promises. */
export class Promises {
  /** How many questions were asked. */
  questions = 0;
  /** Every truth about an order that was told, as JSON. */
  readonly truths = new Map<string, Set<string>>();
  /** By the orders that were 404 last. */
  readonly runs404 = new Map<string, Run404>();
  readonly #world: World;
  readonly #punctuality: Punctuality;
  readonly #arrivals = new Map<string, number>();
  readonly #recent: number[] = [];
  /** By the processes that are to be quiet. */
  readonly #quiet = new Map<Process, Quiet>();
  readonly #quietOrders = new Map<string, Quiet>();
  #activeAt = 0;

  /**
   * Begins with no question.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#punctuality = new Punctuality(world);
  }

  /**
   * Until when a process may stay away from some order, by what CallFire asked
   * for. What the process before it was asked for may begin anew, since the
   * date may have been set.
   */
  quietUntil(process: Process): number {
    const { ledger } = this.#world;
    const untils = [...this.#quietOrders]
      .filter(([id]) => ledger.isWatching(id))
      .map(([, quiet]) => quiet);
    const quiet = this.#quiet.get(process);
    if (quiet) untils.push(quiet);
    return Math.max(
      -Infinity,
      ...untils.map(({ from, until }) =>
        Math.max(from, process.startedAt) + until - from
      ),
    );
  }

  /** Until when a process has to leave CallFire alone, if its clock is slow. */
  restUntil(process: Process): number {
    const quiet = this.#quiet.get(process);
    if (!quiet) return -Infinity;
    const { from, until } = quiet;
    return until + (until - from) * LARGEST_DRIFT;
  }

  /** A question begins. */
  asked(id: string, process: Process): Question {
    const { time, trace } = this.#world;
    const isProbe = process.core.tracker.upstream.state !== "up";
    trace.add(`#${process.number} asks for ${id}${isProbe ? ", a probe" : ""}`);
    this.questions++;
    this.#activeAt = time.active;
    if (!process.isSharing) this.#punctuality.asked(id, process);
    if (++process.questionsOut > MOST_IN_FLIGHT) {
      this.#broken(`${process.questionsOut} questions are out at once`);
    }
    this.#checkLimit();
    this.#checkQuiet(id, process);
    return { id, process, isProbe, hasEnded: false };
  }

  /** A question reaches CallFire. */
  arrived({ id }: Question): void {
    const { now } = this.#world.time;
    const last = this.#arrivals.get(id);
    this.#arrivals.set(id, now);
    if (last !== undefined && now - last < MIN_INTERVAL_MS) {
      this.#broken(`order ${id} is asked for twice within ${now - last} ms`);
    }
  }

  /** A question was answered, or met a fault that is no answer. */
  answered(
    question: Question,
    answer: Answer | undefined,
    isCut = false,
  ): void {
    if (!this.#end(question)) return;
    const { id, isProbe, process } = question;
    const isReadable = answer?.isReadable &&
      !(isCut && answer.status === 200);
    const { status, truth, outcome } = isReadable ? answer : NOTHING;
    const at = this.#world.time.now;
    process.responseCache.set(id, { status, truth, outcome, at });
    this.#count404(id, status, at, process);
    if (truth !== undefined) {
      const truths = this.truths.get(id) ?? new Set();
      this.truths.set(id, truths.add(truth));
    }
    if (!process.isSharing) this.#punctuality.answered(id, process);
    process.note(`hears of ${id}: ${status ?? "a fault"}`);
    const { state } = process.core.tracker.upstream;
    if ((status === 401 || status === 403) && (isProbe || state === "up")) {
      const isFirst403 = status === 403 && state !== "refused";
      const time = isFirst403 ? QUIET_AFTER_FIRST_403 : QUIET_AFTER_REFUSAL;
      this.#beQuiet(process, time, `a ${status}`);
    } else if (isProbe && (status === undefined || status >= 500)) {
      this.#beQuiet(process, QUIET_AFTER_PROBE, "a probe that failed");
    }
    this.#heed(question, answer);
  }

  /** Takes note of how long CallFire asks to be left alone. */
  #heed({ id, process }: Question, answer: Answer | undefined): void {
    const asked = answer?.retryAfter(process.core.clock.date().getTime()) ?? 0;
    if (!answer || asked <= 0) {
      this.#quietOrders.delete(id);
      return;
    }
    const time = Math.min(asked, LONGEST_RETRY_AFTER);
    const why = `Retry-After ${answer.headers["retry-after"]}`;
    this.#beQuiet(process, time, why);
    const from = this.#world.time.now;
    this.#quietOrders.set(id, { from, until: from + time, why });
  }

  #count404(
    id: string,
    status: number | undefined,
    at: number,
    process: Process,
  ): void {
    const run = this.runs404.get(id);
    if (status === 404) {
      const since = run && run.count > 0 ? run.since : at;
      const count = (run?.count ?? 0) + 1;
      this.runs404.set(id, { before: run?.before, count, since });
    } else if (run && run.count > 0) {
      const before = { run, process };
      this.runs404.set(id, { before, count: 0, since: at });
    } else if (run?.before) run.before.process = process;
  }

  /** A question was given up. */
  gaveUp(question: Question): void {
    if (!this.#end(question)) return;
    if (!question.process.isSharing) {
      this.#punctuality.answered(question.id, question.process);
    }
    question.process.note(`gives up on ${question.id}`);
    const at = this.#world.time.now;
    question.process.responseCache.set(question.id, { ...NOTHING, at });
  }

  /** Makes sure that somebody is asked about while anybody is watched. */
  checkSilence(process: Process): void {
    const { ledger, time } = this.#world;
    const since = Math.max(this.#activeAt, process.activeAt, ledger.activeAt);
    const silence = time.active - since;
    const isAsked = this.quietUntil(process) >= time.now - MAX_SILENCE_MS;
    if (ledger.watching > 0 && silence > MAX_SILENCE_MS && !isAsked) {
      this.#broken(`nobody was asked about for ${Math.round(silence)} ms`);
    }
  }

  #end(question: Question): boolean {
    if (question.hasEnded || question.process.isDead) return false;
    question.hasEnded = true;
    question.process.questionsOut--;
    return true;
  }

  #beQuiet(process: Process, time: number, why: string): void {
    const from = this.#world.time.now;
    const until = from + time;
    if ((this.#quiet.get(process)?.until ?? 0) >= until) return;
    this.#quiet.set(process, { from, until, why });
  }

  #checkQuiet(id: string, process: Process): void {
    const { now } = this.#world.time;
    const quiet = this.#quiet.get(process);
    if (!quiet) return;
    // By its own clock, which drifts, it may have been long enough.
    const slack = 1 + (now - quiet.from) * LARGEST_DRIFT;
    const early = quiet.until - now - slack;
    if (early > 0) {
      this.#broken(
        `order ${id} is asked for ${early} ms too early after ${quiet.why}`,
      );
    }
  }

  /**
   * No more than one second's worth of questions within any second and 20 ms;
   * of less than one, one within the time that it is worth.
   */
  #checkLimit(): void {
    const { scenario, time } = this.#world;
    const rate = scenario.maxRequestsPerSecond;
    if (rate === Infinity) return;
    const most = Math.ceil(rate);
    // By its own clock, which drifts, it has been long enough.
    const window = (most * 1000 / rate + 20) * (1 - LARGEST_DRIFT);
    const recent = this.#recent;
    while (recent.length > 0 && recent[0]! <= time.now - window) recent.shift();
    recent.push(time.now);
    if (recent.length > most) {
      this.#broken(
        `${recent.length} questions within ${time.now - recent[0]!} ms`,
      );
    }
  }

  #broken(what: string): void {
    this.#world.broken(what);
  }
}
