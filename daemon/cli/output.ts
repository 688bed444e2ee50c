/**
 * Outputs that write everything in order, however slow their reader is.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";

/** The first wait for an output whose buffer is full. */
const INITIAL_WAIT_MS = 1;

/** The longest of these waits. */
const MAX_WAIT_MS = 50;

/** A destination, such as `Deno.stdout`. */
export interface ByteWriter {
  /** Writes some of the bytes; resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Options of an {@link Output}. */
export interface OutputOptions {
  writer: ByteWriter;
  clock: Clock;
  /** Called when the reader has closed the pipe; the text is discarded. */
  onClosed: () => void;
}

/**
 * An output, which may be a non-blocking pipe: a shell, ssh or another program
 * that shares it can make it so.
 */
export class Output {
  readonly #options: OutputOptions;
  #pending = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Whether some text is still to be written. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /** Queues a text behind the earlier ones. */
  write(text: string): void {
    this.#pending++;
    const bytes = new TextEncoder().encode(text);
    this.#written = this.#written.then(() => this.#writeAll(bytes))
      .finally(() => this.#pending--);
    // flush() rejects with it.
    this.#written.catch(() => {});
  }

  /**
   * Waits until everything is written.
   *
   * @throws The error of the first write that failed.
   */
  flush(): Promise<void> {
    return this.#written;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    const { clock, onClosed, writer } = this.#options;
    let wait = INITIAL_WAIT_MS;
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(await writer.write(bytes));
        wait = INITIAL_WAIT_MS;
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) return onClosed();
        if (!isBusy(error)) throw error;
        await clock.sleep(wait);
        wait = Math.min(wait * 2, MAX_WAIT_MS);
      }
    }
  }
}

/** Reads an input, which may be non-blocking too, to its end. */
export async function readAll(
  reader: { read(bytes: Uint8Array): Promise<number | null> },
  clock: Clock,
): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(64 * 1024);
  let text = "";
  for (;;) {
    try {
      const count = await reader.read(bytes);
      if (count === null) return text + decoder.decode();
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    } catch (error) {
      if (!isBusy(error)) throw error;
      await clock.sleep(MAX_WAIT_MS);
    }
  }
}

/** Whether a non-blocking output or input has to be tried again. */
function isBusy(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock ||
    error instanceof Deno.errors.Interrupted;
}
