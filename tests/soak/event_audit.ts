/**
 * What a reader of all events must find: each told once and in order, and each
 * end the one that CallFire tells of.
 *
 * @module
 */

/** An event, as far as it is looked at. */
export interface ToldEvent {
  /** Its place in the order of all events. */
  sequence: number;
  /** What happened. */
  type: string;
  /** The watched order then. */
  watch: ToldWatch;
}

/** A watched order, as far as it is looked at. */
export interface ToldWatch {
  /** The order's id. */
  id: string;
  /** `watching` or `settled`. */
  state: string;
  /** How it ended; `null` while it is watched. */
  outcome: string | null;
  /** When the watch began, as RFC 3339. */
  watchedAt: string;
  /** When it ended, as RFC 3339; `null` while it is watched. */
  settledAt: string | null;
}

/**
 * Adds events up as they come, and keeps of them what the daemon has to agree
 * with at the end: a soak is too long to keep the events themselves.
 */
export class EventAudit {
  /** The sequence of the last event; 0 before the first. */
  last = 0;
  /** How many orders ended, by outcome, those removed since among them. */
  readonly ends = new Map<string, number>();
  /** How each order stands that was told of and not told to be removed. */
  readonly standing = new Map<string, string>();
  readonly #onBroken: (what: string) => void;

  /**
   * Begins before the first event.
   *
   * @param onBroken Is told what cannot be.
   */
  constructor(onBroken: (what: string) => void) {
    this.#onBroken = onBroken;
  }

  /** Takes the next event in. */
  take({ sequence, type, watch }: ToldEvent): void {
    const { id } = watch;
    if (sequence !== this.last + 1) {
      this.#onBroken(`event ${sequence} was told after event ${this.last}`);
    }
    this.last = sequence;
    const before = this.standing.get(id);
    if ((before === undefined) !== (type === "order.watched")) {
      this.#onBroken(
        `event ${sequence}: ${type} of ${id}, which was ${before}`,
      );
    }
    if (type === "order.removed") {
      this.standing.delete(id);
      return;
    }
    if (type === "order.settled") {
      if (before !== "watching") {
        this.#onBroken(`event ${sequence}: ${id} ended, and was ${before}`);
      }
      const outcome = String(watch.outcome);
      this.ends.set(outcome, (this.ends.get(outcome) ?? 0) + 1);
    }
    this.standing.set(id, standingOf(watch));
  }
}

/** How an order stands, as one word. */
export function standingOf(
  { outcome, state }: Pick<ToldWatch, "outcome" | "state">,
): string {
  return outcome ?? state;
}
