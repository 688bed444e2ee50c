/**
 * Reads server-sent events, as a browser does.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** One message of a stream. */
export interface Message {
  /** Its id; the last one that was sent, if it has none. */
  id: string;
  /** Its name. */
  event: string;
  /** Its data, read as JSON. */
  data: {
    sequence: number;
    /** The epoch of that. */
    epoch: string;
    type: string;
    at: string;
    watch: { id: string; label: string | null; polls: number; state: string };
  };
}

/** Reads a stream, message by message. */
export class EventReader {
  /** The id of the last event, which a browser would send back. */
  lastEventId = "";
  /** When to connect again, in milliseconds. */
  retry: number | undefined;
  /** The comments that came. */
  readonly comments: string[] = [];
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  /**
   * Begins to read.
   *
   * @param response The answer; its body is read.
   */
  constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** The next message; `undefined` at the end of the stream. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const block = await this.#block();
      if (block === undefined) return undefined;
      const message = this.#read(block);
      if (message) return message;
    }
  }

  /** The next few messages. */
  async take(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) {
      const message = await this.next();
      if (!message) throw new Error(`ended after ${messages.length} messages`);
      messages.push(message);
    }
    return messages;
  }

  /** Reads a block that is no message, as the first one is. */
  async quiet(): Promise<this> {
    const block = await this.#block();
    assertEquals(this.#read(block ?? "the end"), undefined);
    return this;
  }

  /** Goes away. */
  async close(): Promise<void> {
    await this.#reader.cancel();
  }

  async #block(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  #read(block: string): Message | undefined {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === "") this.comments.push(value);
      else if (field === "id") this.lastEventId = value;
      else if (field === "event") event = value;
      else if (field === "data") data.push(value);
      else if (field === "retry") this.retry = Number(value);
      else throw new Error(`a line that is not known: ${line}`);
    }
    if (data.length === 0) return undefined;
    return {
      id: this.lastEventId,
      event,
      data: JSON.parse(data.join("\n")),
    };
  }
}
