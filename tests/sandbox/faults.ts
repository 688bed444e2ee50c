/**
 * What can go wrong on purpose, and the queue of what is to go wrong next.
 *
 * @module
 */

/** What every fault may say. */
export interface FaultRule {
  /** How many answers it spoils; by default 1. */
  count?: number;
  /** The one order it is for; without it, it spoils any GET and POST. */
  order?: string;
  /** How long to wait before anything is answered, in milliseconds. */
  delay?: number;
}

/** The right answer, after the delay. */
export interface NoFault extends FaultRule {
  /** The name of the fault. */
  kind: "none";
}

/** Another status. */
export interface StatusFault extends FaultRule {
  /** The name of the fault. */
  kind: "status";
  /** The status, from 200 to 599. */
  status: number;
  /** The message of the ResourceException; by default the status's name. */
  message?: string;
  /** The Retry-After header, sent as it is. */
  retryAfter?: string;
  /** The body; by default a ResourceException. */
  body?: string;
  /** The content type; by default `application/xml`. */
  contentType?: string;
}

/** The right answer, cut: the connection closes within the body. */
export interface CutFault extends FaultRule {
  /** The name of the fault. */
  kind: "cut";
  /** How many bytes of the body are sent. */
  at: number;
}

/** The connection is reset before anything is answered. */
export interface ResetFault extends FaultRule {
  /** The name of the fault. */
  kind: "reset";
}

/** The right answer, byte by byte. */
export interface DripFault extends FaultRule {
  /** The name of the fault. */
  kind: "drip";
  /** The time between two bytes of the body, in milliseconds. */
  interval: number;
}

/** Another body. */
export interface BodyFault extends FaultRule {
  /** The name of the fault. */
  kind: "body";
  /** The body as text. */
  body?: string;
  /** The body as bytes, written in base64; it goes before `body`. */
  base64?: string;
  /** The status; by default 200. */
  status?: number;
  /** The content type; by default `application/xml`. */
  contentType?: string;
}

/** A redirect. */
export interface RedirectFault extends FaultRule {
  /** The name of the fault. */
  kind: "redirect";
  /** Where to. */
  location: string;
  /** The status; by default 302. */
  status?: number;
}

/** A short body that gzip inflates to a huge one. */
export interface BombFault extends FaultRule {
  /** The name of the fault. */
  kind: "bomb";
  /** How many bytes it inflates to; by default 100 MiB. */
  bytes?: number;
}

/** A body that never ends. */
export interface EndlessFault extends FaultRule {
  /** The name of the fault. */
  kind: "endless";
}

/** The right answer, compressed, whether it was asked for so or not. */
export interface GzipFault extends FaultRule {
  /** The name of the fault. */
  kind: "gzip";
}

/** No answer at all, on a connection that stays open. */
export interface HangFault extends FaultRule {
  /** The name of the fault. */
  kind: "hang";
}

/** One thing that is to go wrong. */
export type Fault =
  | NoFault
  | StatusFault
  | CutFault
  | ResetFault
  | DripFault
  | BodyFault
  | RedirectFault
  | BombFault
  | EndlessFault
  | GzipFault
  | HangFault;

/** The faults that wait for their request, the oldest first. */
export class Faults {
  #waiting: { fault: Fault; left: number }[] = [];

  /** Adds a fault behind the others. */
  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.count ?? 1 });
  }

  /**
   * Takes the first fault that fits a request.
   *
   * @param order The id in the request's path, `null` where it has none.
   * @returns The fault, or `undefined` where the request is to go right.
   */
  take(order: string | null): Fault | undefined {
    if (this.#waiting.length === 0) return undefined;
    const index = this.#waiting.findIndex(({ fault }) =>
      fault.order === undefined || fault.order === order
    );
    const found = this.#waiting[index];
    if (!found) return undefined;
    if (--found.left <= 0) this.#waiting.splice(index, 1);
    return found.fault;
  }

  /** The faults that wait, each with the `count` that is left of it. */
  list(): Fault[] {
    return this.#waiting.map(({ fault, left }) => ({ ...fault, count: left }));
  }

  /** Forgets all faults. What is being spoiled already stays spoiled. */
  clear(): void {
    this.#waiting = [];
  }
}
