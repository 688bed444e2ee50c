/**
 * What the command writes to its outputs: all of it, in order, however slowly
 * they take it.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";

/** How long to wait for an output that takes nothing just now, at first. */
const INITIAL_WAIT_MS = 1;

/** The longest of these waits. */
const MAX_WAIT_MS = 50;

/** What an output writes to, such as `Deno.stdout`. */
export interface ByteWriter {
  /** Writes some of the bytes; resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** What an output needs. */
export interface OutputOptions {
  /** Where to. */
  writer: ByteWriter;
  /** Time. */
  clock: Clock;
  /** Is called when nobody reads any more; then nothing is written. */
  onClosed: () => void;
}

/**
 * An output, which may be a pipe that is not blocking: a shell, ssh or another
 * program that has the other end can make it so.
 */
export class Output {
  readonly #options: OutputOptions;
  #pending = 0;
  #written: Promise<void> = Promise.resolve();

  /**
   * Makes an output.
   *
   * @param options What it needs.
   */
  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Whether some of what was to be written is not yet. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /**
   * Writes a text after all that came before it, without waiting for it.
   *
   * @param text The text.
   */
  write(text: string): void {
    this.#pending++;
    const bytes = new TextEncoder().encode(text);
    this.#written = this.#written.then(() => this.#writeAll(bytes))
      .finally(() => this.#pending--);
    // Whoever flushes learns of it.
    this.#written.catch(() => {});
  }

  /**
   * Waits until everything is written.
   *
   * @throws What the output failed with.
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

/**
 * Reads an input to its end, which may not be blocking either.
 *
 * @param reader The input, such as `Deno.stdin`.
 * @param clock Time.
 * @returns Its text.
 */
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

/** Whether an output or input that is not blocking has to be tried again. */
function isBusy(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock ||
    error instanceof Deno.errors.Interrupted;
}
