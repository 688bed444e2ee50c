/**
 * Writes lines to an output that may block or fail, without holding up whoever
 * writes them.
 *
 * @module
 */

/** The most characters that wait while the output takes lines. */
const MAX_PENDING = 16_000_000;

/** The most that wait for an output that has not taken any for a while. */
const MAX_PENDING_WHEN_STALLED = 256_000;

/** How long an output may take nothing before it is stalled. */
const STALLED_AFTER_MS = 1_000;

/** About how many characters one write may have. */
const MAX_WRITE = 64_000;

/** How long to wait after a write failed. */
const RETRY_MS = 1_000;

/** How long to wait for an output that is not blocking, and full. */
const FULL_MS = 20;

const NEWLINE = 0x0a;

const encoder = new TextEncoder();

/** What a line writer needs. */
export interface LineWriterOptions {
  /**
   * Writes some bytes, at least one.
   *
   * @returns How many of them.
   */
  write: (bytes: Uint8Array) => Promise<number>;
  /** Formats the line that stands in place of dropped ones. */
  describeDropped: (count: number) => string;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Pauses for so many milliseconds. */
  sleep: (delay: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Writes lines in order, one write at a time. Lines that the output does not
 * take are dropped and counted: all that are pending when a write fails, and
 * new ones while too many are pending. Once the output takes lines again, one
 * of them says how many were dropped.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  #pending: string[] = [];
  #pendingSize = 0;
  /** The end of a line of which the beginning was written. */
  #rest: Uint8Array = new Uint8Array();
  #dropped = 0;
  /** How many of the dropped lines no line has told of. */
  #unreported = 0;
  /** New lines are dropped until those that are pending were written. */
  #isFull = false;
  #lastTaken = 0;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();

  /**
   * Makes a writer.
   *
   * @param options What it needs.
   */
  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** How many lines were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Writes one or more lines. Never throws.
   *
   * @param lines The lines, without the end of the last one.
   */
  write(lines: string): void {
    if (!this.#running) this.#lastTaken = this.#options.now();
    for (const line of lines.split("\n")) this.#add(line);
    // Lines of the same turn of the event loop go out together.
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  /**
   * Writes what is pending and gives up what the output does not take in time.
   *
   * @param timeout How long that may take, in milliseconds.
   */
  async close(timeout: number): Promise<void> {
    const timer = new AbortController();
    this.#closing.abort();
    await Promise.race([
      this.#running,
      this.#options.sleep(timeout, timer.signal).catch(() => {}),
    ]);
    timer.abort();
  }

  #add(line: string): void {
    const { now } = this.#options;
    const isStalled = now() - this.#lastTaken > STALLED_AFTER_MS;
    const limit = isStalled ? MAX_PENDING_WHEN_STALLED : MAX_PENDING;
    this.#isFull ||= this.#pendingSize + line.length > limit;
    if (this.#isFull) return this.#drop(1);
    this.#pending.push(line);
    this.#pendingSize += line.length + 1;
  }

  #drop(count: number): void {
    this.#dropped += count;
    this.#unreported += count;
  }

  async #run(): Promise<void> {
    const { sleep } = this.#options;
    const { signal } = this.#closing;
    while (this.#isBehind) {
      if (await this.#finishLine() && await this.#writeSome()) continue;
      this.#drop(this.#pending.length);
      this.#pending = [];
      this.#pendingSize = 0;
      if (signal.aborted) break;
      await sleep(RETRY_MS, signal).catch(() => {});
    }
    this.#running = undefined;
  }

  get #isBehind(): boolean {
    return this.#pending.length + this.#unreported + this.#rest.length > 0;
  }

  /** Ends a line that was begun; returns whether it could. */
  async #finishLine(): Promise<boolean> {
    const written = await this.#writeAll(this.#rest);
    this.#rest = this.#rest.subarray(written);
    return this.#rest.length === 0;
  }

  /** Writes some of the pending lines; returns whether it could. */
  async #writeSome(): Promise<boolean> {
    if (this.#pending.length === 0) this.#isFull = false;
    // Lines that were dropped for want of room come after the pending ones.
    const reported = this.#isFull ? 0 : this.#unreported;
    const lines = this.#takePending();
    if (reported > 0) lines.unshift(this.#options.describeDropped(reported));
    const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
    const written = await this.#writeAll(bytes);
    const isWhole = written === 0 || bytes[written - 1] === NEWLINE;
    const end = isWhole ? written : bytes.indexOf(NEWLINE, written) + 1;
    this.#rest = bytes.subarray(written, end);
    const taken = countLines(bytes.subarray(0, end));
    if (taken > 0) this.#unreported -= reported;
    else if (reported > 0) lines.shift();
    this.#drop(lines.length - taken);
    return written === bytes.length;
  }

  #takePending(): string[] {
    let size = 0;
    let count = 0;
    while (count < this.#pending.length && size < MAX_WRITE) {
      size += this.#pending[count++]!.length + 1;
    }
    this.#pendingSize -= size;
    return this.#pending.splice(0, count);
  }

  /** Writes bytes; returns how many the output took before it failed. */
  async #writeAll(bytes: Uint8Array): Promise<number> {
    const { now, sleep, write } = this.#options;
    let written = 0;
    while (written < bytes.length) {
      try {
        written += await write(bytes.subarray(written));
        this.#lastTaken = now();
      } catch (error) {
        if (!isFull(error)) break;
        await sleep(FULL_MS);
      }
    }
    return written;
  }
}

/** Whether an output that is not blocking takes nothing just now. */
function isFull(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock ||
    error instanceof Deno.errors.Interrupted;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
}
