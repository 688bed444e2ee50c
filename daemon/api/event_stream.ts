/**
 * Events as server-sent events, to one reader.
 *
 * @module
 */

import { type EventPosition, formatEventId } from "../store/event_id.ts";
import type { StoredEvent } from "../store/store.ts";
import { toEventResponse } from "./event_view.ts";
import type { ApiDependencies } from "./parts.ts";

/** How long it is quiet before a comment shows that the stream is open. */
const HEARTBEAT_INTERVAL_MS = 15_000;

/** How long a reader has to take what is sent, in milliseconds. */
const TAKEN_WITHIN = 10_000;

/**
 * How long a reader waits before it reconnects. Each stream gets a random time
 * in between, so that the readers of a daemon that ends return spread out.
 */
const MIN_RETRY_MS = 2_000;
const MAX_RETRY_MS = 6_000;

/** Where a stream begins, and where it ends. */
export interface StreamRange {
  /** The last event that the reader knows. */
  after: EventPosition;
  /** Whether it goes on with new events, or ends after those that exist. */
  follow: boolean;
  /** Ends it: that event is lost, with others. */
  rewound: AbortSignal;
}

/** What a stream needs. */
type StreamParts = Pick<ApiDependencies, "clock" | "feed" | "stopping">;

const encoder = new TextEncoder();

const HEARTBEAT = encoder.encode(": open\n\n");

/** What is sent of an event: made once, for all readers. */
const messages = new WeakMap<StoredEvent, Uint8Array>();

/**
 * Sends events from a place on. Each is fetched when the reader has taken the
 * one before, so that a slow reader takes no memory; one who takes nothing for
 * a while is dropped, and can go on later from where it was.
 *
 * @param parts What the API is made of.
 * @param range Where it begins and ends.
 * @returns The stream; it ends when the daemon stops, or cannot read events.
 */
export function eventStream(
  parts: StreamParts,
  range: StreamRange,
): ReadableStream<Uint8Array> {
  return new ReadableStream(new Sender(parts, range), { highWaterMark: 0 });
}

/**
 * Sends to one reader. What a thousand follow is sent a thousand times, so
 * nothing is set up anew for each event: one timer looks, whenever it fires,
 * whether something has become due meanwhile.
 */
class Sender implements UnderlyingDefaultSource<Uint8Array> {
  readonly #parts: StreamParts;
  readonly #range: StreamRange;
  /** The last event that was sent. */
  #place: EventPosition;
  /** Events to be sent, from a place on. */
  #events: readonly StoredEvent[] = [];
  #next = 0;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Whether the reader has taken what was sent, and wants more. */
  #isAsked = false;
  /** When something was sent last; `undefined` before anything was. */
  #sentAt: number | undefined;
  #isOver = false;
  #cancelWait: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  readonly #stop = () => {
    // One that is sent something yet ends when it has taken that.
    if (this.#cancelWait) this.#end();
  };
  readonly #rewind = () => this.#end();

  constructor(parts: StreamParts, range: StreamRange) {
    this.#parts = parts;
    this.#range = range;
    this.#place = range.after;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { rewound } = this.#range;
    this.#parts.stopping.addEventListener("abort", this.#stop);
    if (rewound.aborted) this.#end();
    else rewound.addEventListener("abort", this.#rewind);
  }

  pull(): Promise<void> | undefined {
    if (this.#isAsked) return undefined;
    this.#isAsked = true;
    if (this.#sentAt !== undefined) return this.#goOn();
    // It is no event, since it has no data; but a reader who is cut off before
    // the first event goes on from here.
    const id = formatEventId(this.#place);
    const retry = this.#retryMs();
    this.#send(encoder.encode(`: open\nid: ${id}\nretry: ${retry}\n\n`));
    return undefined;
  }

  cancel(): void {
    this.#leave();
  }

  /** Sends the next event, as soon as there is one. */
  async #goOn(): Promise<void> {
    const { feed, stopping } = this.#parts;
    if (this.#next >= this.#events.length) {
      if (stopping.aborted) return this.#end();
      try {
        this.#events = await feed.after(this.#place.sequence);
      } catch {
        return this.#end();
      }
      this.#next = 0;
      if (this.#isOver) return;
    }
    const event = this.#events[this.#next++];
    if (!event) return this.#range.follow ? this.#wait() : this.#end();
    this.#place = event;
    this.#send(messageOf(event));
  }

  #wait(): void {
    const { feed, stopping } = this.#parts;
    if (stopping.aborted) return this.#end();
    this.#cancelWait = feed.onNext(this.#place.sequence, () => {
      this.#cancelWait = undefined;
      this.#goOn();
    });
  }

  #retryMs(): number {
    const spread = MAX_RETRY_MS - MIN_RETRY_MS;
    return Math.round(MIN_RETRY_MS + spread * this.#parts.clock.random());
  }

  #send(message: Uint8Array): void {
    this.#isAsked = false;
    this.#sentAt = this.#parts.clock.now();
    // Set before, since a reader who is found to be gone cancels within it.
    this.#setTimer(this.#sentAt);
    this.#controller.enqueue(message);
  }

  /** Looks again before anything can become due that is not due yet. */
  #setTimer(sentAt: number): void {
    const { clock } = this.#parts;
    const quiet = clock.now() - sentAt;
    const pause = Math.min(TAKEN_WITHIN, HEARTBEAT_INTERVAL_MS - quiet);
    this.#cancelTimer ??= clock.setTimer(() => {
      this.#cancelTimer = undefined;
      this.#look();
    }, pause);
  }

  #look(): void {
    const sentAt = this.#sentAt!;
    const quiet = this.#parts.clock.now() - sentAt;
    if (!this.#isAsked && quiet >= TAKEN_WITHIN) return this.#end();
    if (this.#cancelWait && quiet >= HEARTBEAT_INTERVAL_MS) {
      this.#cancelWait();
      this.#cancelWait = undefined;
      return this.#send(HEARTBEAT);
    }
    this.#setTimer(sentAt);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#controller.close();
  }

  #leave(): void {
    this.#isOver = true;
    this.#parts.stopping.removeEventListener("abort", this.#stop);
    this.#range.rewound.removeEventListener("abort", this.#rewind);
    this.#cancelWait?.();
    this.#cancelTimer?.();
  }
}

function messageOf(event: StoredEvent): Uint8Array {
  const made = messages.get(event);
  if (made) return made;
  const message = encoder.encode(
    `id: ${formatEventId(event)}\nevent: ${event.type}\n` +
      `data: ${JSON.stringify(toEventResponse(event))}\n\n`,
  );
  messages.set(event, message);
  return message;
}
