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
   * @param lastId The sequence after which to begin.
   */
  constructor(lastId = "0") {
    this.#lastId = lastId;
  }

  /** The ids of the orders whose end was streamed, as often as it was. */
  get settled(): string[] {
    return this.events.filter(({ type }) => type === "order.settled")
      .map(({ watch }) => watch.id);
  }

  /**
   * Reads over one connection, until it ends, is lost, or this says enough.
   *
   * @param daemon Where to read.
   * @param isEnough Is asked after each event.
   */
  async read(
    daemon: DaemonProcess,
    isEnough: () => boolean = () => false,
  ): Promise<void> {
    const controller = new AbortController();
    try {
      const response = await daemon.fetch("/v1/events", {
        headers: { "last-event-id": this.#lastId },
        signal: controller.signal,
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
}
