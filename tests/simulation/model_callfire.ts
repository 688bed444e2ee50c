/**
 * A model of CallFire and of the network on the way to it, in virtual time.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import {
  type Answer,
  BAD_WEATHER,
  type CallFireWeather,
  makeAnswer,
  PASSING_FAULTS,
} from "./model_answers.ts";
import type { ModelOrder } from "./model_orders.ts";
import type { Process } from "./process.ts";
import { Promises } from "./promises.ts";
import type { Question } from "./questions.ts";
import { LONGEST as LONGEST_SPELL, Spells } from "./spells.ts";
import type { World } from "./world.ts";

/** How long a question is on its way whose process stands still, at most. */
const LONGEST_LINGERING = 900;

/** The longest time in which it answers 404 to all, in milliseconds. */
const LONGEST_FORGETTING = 40 * 60_000;

/** The shortest time until anything comes back, in milliseconds. */
const SHORTEST_TRIP = 1;

/** CallFire, as the daemon sees it through its `fetch`. */
export class ModelCallFire {
  /** What it knows, by id. */
  readonly orders = new Map<string, ModelOrder>();
  /** What was promised to it. */
  readonly promises: Promises;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #weather: Spells<CallFireWeather>;
  readonly #ids: string[] = [];
  #strayFaults: number;

  /**
   * Begins in fine weather, with no order.
   *
   * @param world The simulation.
   */
  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice("CallFire");
    this.#strayFaults = world.scenario.strayFaults;
    this.promises = new Promises(world);
    this.#weather = new Spells<CallFireWeather>({
      time: world.time,
      dice: this.#dice,
      good: "fine",
      bad: BAD_WEATHER,
      every: world.scenario.badWeatherEvery,
      longest: (weather) =>
        weather === "forgetting"
          ? LONGEST_FORGETTING
          : Math.min(LONGEST_SPELL, world.scenario.badWeatherEvery),
      onChange: (weather) => world.trace.add(`weather ${weather}`),
    });
  }

  /** Takes an order in. */
  place(order: ModelOrder): void {
    this.orders.set(order.id, order);
    this.#ids.push(order.id);
  }

  /** Lets nothing go wrong any more, and orders end that never would. */
  mend(): void {
    const { time } = this.#world;
    this.#weather.end();
    this.#strayFaults = 0;
    for (const order of this.orders.values()) {
      order.vanishesAt = Infinity;
      order.endsAt = Math.min(
        order.endsAt,
        time.now + this.#dice.between(0, 60_000),
      );
    }
  }

  /** Since when it answers 404 to all; `undefined` if it does not. */
  get forgettingSince(): number | undefined {
    const { changedAt, now } = this.#weather;
    return now === "forgetting" ? changedAt : undefined;
  }

  /** A `fetch` that reaches it, for one process. */
  fetchFor(process: Process): typeof fetch {
    return (input, init) => {
      const { signal } = init ?? {};
      signal?.throwIfAborted();
      process.effect("before a question");
      const id = String(input).slice(String(input).lastIndexOf("/") + 1);
      const exchange = new ModelExchange(this.#world, process, this.#dice, id);
      const weather = this.#weatherOfOne();
      this.#world.tally.add(`answer: ${weather}`);
      return exchange.run(
        weather,
        () => this.#answer(id, weather),
        signal ?? undefined,
      );
    };
  }

  #answer(id: string, weather: CallFireWeather): Answer {
    const { time } = this.#world;
    return makeAnswer(weather, {
      order: this.orders.get(id),
      other: () => this.#otherThan(id),
      now: time.now,
      date: time.date,
      dice: this.#dice,
      longestRetryAfter: this.#world.scenario.longestRetryAfter,
    });
  }

  #otherThan(id: string): ModelOrder | undefined {
    const others = this.#ids.filter((one) => one !== id);
    return this.orders.get(this.#dice.pick(others));
  }

  /** Even in fine weather something may go wrong, and in bad one right. */
  #weatherOfOne(): CallFireWeather {
    const dice = this.#dice;
    const weather = this.#weather.now;
    if (weather === "fine" && !dice.chance(this.#strayFaults)) return "fine";
    // All orders at once: not one response says otherwise.
    if (weather === "forgetting") return weather;
    if (weather !== "fine" && weather !== "flaky") {
      return dice.chance(0.05) ? "fine" : weather;
    }
    if (weather === "flaky" && dice.chance(0.5)) return "fine";
    return dice.pick(PASSING_FAULTS);
  }
}

/** One question on its way, and its answer on its way back. */
class ModelExchange {
  readonly #world: World;
  readonly #process: Process;
  readonly #dice: Dice;
  readonly #question: Question;
  readonly #askedAt: number;
  /** Whether its end is left to chance though the asker has given it up. */
  readonly #isHeedless: boolean;

  constructor(world: World, process: Process, dice: Dice, id: string) {
    this.#world = world;
    this.#process = process;
    this.#dice = dice;
    this.#question = world.callfire.promises.asked(id, process);
    this.#askedAt = world.time.now;
    this.#isHeedless = dice.chance(0.1);
  }

  async run(
    weather: CallFireWeather,
    makeAnswer: () => Answer,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { promises } = this.#world.callfire;
    const dice = this.#dice;
    const question = this.#question;
    signal?.addEventListener("abort", () => promises.gaveUp(question), {
      once: true,
    });
    const trip = this.#trip(weather);
    const there = trip * dice.random();
    await this.#travel(SHORTEST_TRIP + there, signal);
    if (weather === "unreachable" && dice.chance(0.5)) return this.#reset();
    // What was given up ahead of that was never sent.
    if (question.hasEnded || this.#isLost(there)) return this.#reset();
    promises.arrived(question);
    const answer = makeAnswer();
    await this.#pass(trip - there, signal);
    if (weather === "unreachable") return this.#reset();
    return this.#respond(answer, signal);
  }

  /** Most answers are quick, some are slow, a few come after every limit. */
  #trip(weather: CallFireWeather): number {
    const dice = this.#dice;
    if (weather === "silent") return dice.chance(0.5) ? Infinity : 1e6;
    if (weather === "slow") return dice.between(1_000, 20_000);
    if (weather === "unreachable") return dice.magnitude(0.1, 3_000);
    return dice.chance(0.95) ? dice.between(5, 200) : dice.between(200, 9_000);
  }

  /**
   * What a process has sent that stands still since, or whose machine slept,
   * does not linger on its way: nobody can keep to a pace with questions that do.
   */
  #isLost(there: number): boolean {
    const { isSuspended, lastSleep } = this.#process.suspension;
    return there > LONGEST_LINGERING &&
      (isSuspended || lastSleep.to > this.#askedAt);
  }

  async #reset(): Promise<never> {
    await this.#process.awake();
    this.#world.callfire.promises.answered(this.#question, undefined);
    throw new TypeError("connection reset");
  }

  /** Fulfilled after a while, if the process lives to see it. */
  async #pass(time: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#travel(time, signal);
    if (this.#process.suspension.isSuspended) await this.#process.awake();
  }

  /** Fulfilled after a while, unless the process has died. */
  #travel(time: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#isHeedless) {
        signal?.addEventListener("abort", () => reject(signal.reason), {
          once: true,
        });
      }
      this.#world.time.setTimer(time, () => {
        if (!this.#process.isDead) resolve();
      });
    });
  }

  #respond(answer: Answer, signal: AbortSignal | undefined): Response {
    const { body, headers, status } = answer;
    const pieces = this.#pieces(answer, signal);
    const isWhole = this.#dice.chance(0.7);
    const length = String(new TextEncoder().encode(body).length);
    // As much of a response as is looked at: a real one takes longer to make
    // and to read than all else that a question costs.
    const response = {
      status,
      headers: new Headers(
        isWhole ? { ...headers, "content-length": length } : headers,
      ),
      body: pieces,
      arrayBuffer: async () => {
        const whole: number[] = [];
        for await (const piece of pieces) whole.push(...piece);
        return new Uint8Array(whole).buffer;
      },
    };
    return response as unknown as Response;
  }

  async *#pieces(
    answer: Answer,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    const { promises } = this.#world.callfire;
    const dice = this.#dice;
    const bytes = new TextEncoder().encode(answer.body);
    const end = Math.floor(Math.min(1, answer.cutAt) * bytes.length);
    const isCut = end < bytes.length;
    for (let at = 0; at < end;) {
      const size = answer.isSlow ? dice.whole(1, bytes.length) : bytes.length;
      yield bytes.subarray(at, Math.min(end, at + size));
      at += size;
      if (answer.isSlow) await this.#pass(dice.magnitude(1, 3_000), signal);
    }
    if (isCut && answer.isSlow && dice.chance(0.5)) {
      await this.#pass(Infinity, signal);
    }
    promises.answered(this.#question, answer, isCut);
    if (isCut) throw new TypeError("connection closed before all was sent");
  }
}
