/**
 * A reader of the daemon's events that loses its connection now and then and
 * goes on where it was.
 *
 * @module
 */

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { DaemonProcess } from "./daemon_process.ts";

/** An event as it is streamed. */
export interface StreamedEvent {
  /** Its place in the order of all events. */
  sequence: number;
  /** The epoch of that. */
  epoch: string;
  /** What happened. */
  type: string;
  /** When, as RFC 3339. */
  at: string;
  /** The watched order then. */
  watch: { id: string; outcome: string | null; state: string };
}

/** Reads events, over as many connections as it takes. */
export class EventReader {
  /** All that were read, in the order in which they came. */
  readonly events: StreamedEvent[] = [];
  #lastId: string;

  /**
   * Begins with nothing read.
   *
   * @param lastId The id of the event after which to begin.
   */
  constructor(lastId = "0") {
    this.#lastId = lastId;
  }

  /** The orders whose end was told twice without their being watched anew. */
  get settledTwice(): string[] {
    const ended = new Set<string>();
    return this.events.flatMap(({ type, watch: { id } }) => {
      if (type === "order.watched") ended.delete(id);
      if (type !== "order.settled") return [];
      if (ended.has(id)) return [id];
      ended.add(id);
      return [];
    });
  }

  /** Tells whether the last that was told of an order is this end. */
  isSettled(id: string, outcome: string | null): boolean {
    const last = this.events.findLast(({ watch }) => watch.id === id);
    return last?.type === "order.settled" && last.watch.outcome === outcome;
  }

  /**
   * Reads over one connection, until it ends, is lost, or this says enough.
   *
   * @param daemon Where to read.
   * @param isEnough Is asked after each event.
   * @param signal Ends it at any time.
   */
  async read(
    daemon: DaemonProcess,
    isEnough: () => boolean = () => false,
    signal?: AbortSignal,
  ): Promise<void> {
    const controller = new AbortController();
    try {
      if (isEnough()) return;
      const response = await daemon.fetch("/v1/events", {
        headers: { "last-event-id": this.#lastId },
        signal: AbortSignal.any([controller.signal, ...signal ? [signal] : []]),
      });
      const parsed = response.body!
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { data, id } of parsed) {
        this.events.push(JSON.parse(data));
        this.#lastId = id ?? this.#lastId;
        if (isEnough()) break;
      }
    } catch {
      // The connection was lost: the next one goes on from there.
    } finally {
      controller.abort();
    }
  }

  /**
   * Reads on and on, and loses its connection after every third event.
   *
   * @param daemon Where to read.
   * @param signal Ends it.
   */
  async follow(daemon: DaemonProcess, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const enough = this.events.length + 3;
      await this.read(daemon, () => this.events.length >= enough, signal);
    }
  }
}
