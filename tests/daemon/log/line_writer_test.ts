import { assertEquals } from "@std/assert";
import { LineWriter } from "../../../daemon/log/line_writer.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";

/** An output that takes what a test lets it take. */
class Output {
  /** All that it took. */
  text = "";
  readonly #decoder = new TextDecoder();
  /** How many bytes it still takes before it fails. */
  room = Infinity;
  /** What it fails with. */
  error = new Error("No space left on device (os error 28)");
  /** How many bytes one write takes at most. */
  largest = Infinity;
  /** Is waited for before each write. */
  reader: Promise<void> = Promise.resolve();
  readonly clock = new TestClock();
  readonly writer: LineWriter = new LineWriter({
    write: async (bytes) => {
      await this.reader;
      const count = Math.min(bytes.length, this.room, this.largest);
      if (count === 0) throw this.error;
      this.room -= count;
      const taken = bytes.subarray(0, count);
      this.text += this.#decoder.decode(taken, { stream: true });
      return count;
    },
    describeDropped: (count) => `dropped ${count}`,
    now: () => this.clock.now(),
    sleep: (delay, signal) => this.clock.sleep(delay, signal),
  });

  /** Its lines. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Stops reading until the returned function is called. */
  pause(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.reader = promise;
    return resolve;
  }

  /** Lets what was begun go on, as far as it goes without time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((go) => setTimeout(go, 0));
    }
  }
}

test("LineWriter writes all lines in order, however few bytes a write takes", async () => {
  const output = new Output();
  output.largest = 7;
  const lines = Array.from({ length: 100 }, (_, index) => `line ü ${index}`);
  output.writer.write(lines.slice(0, 50).join("\n"));
  for (const line of lines.slice(50)) output.writer.write(line);
  await output.settle();
  await output.writer.close(1_000);
  assertEquals(output.lines, lines);
  assertEquals(output.writer.dropped, 0);
});

test("LineWriter drops what a full disk does not take, and says so", async () => {
  const output = new Output();
  output.room = "one\ntw".length;
  output.writer.write("one\ntwo\nthree");
  await output.settle();
  assertEquals(output.text, "one\ntw");
  assertEquals(output.writer.dropped, 1);

  output.writer.write("four");
  await output.clock.advance(1_000);
  await output.settle();
  assertEquals(output.writer.dropped, 2);

  output.room = Infinity;
  output.writer.write("five");
  await output.clock.advance(1_000);
  await output.settle();
  // The line that was begun is whole, and nothing is counted twice.
  assertEquals(output.lines, ["one", "two", "dropped 2", "five"]);
  assertEquals(output.writer.dropped, 2);
  await output.writer.close(1_000);
});

test("LineWriter says what was dropped even if nothing more is logged", async () => {
  const output = new Output();
  output.room = 0;
  output.writer.write("one\ntwo");
  await output.settle();
  output.room = Infinity;
  await output.clock.advance(1_000);
  await output.settle();
  assertEquals(output.lines, ["dropped 2"]);
});

test("LineWriter keeps a limited number of lines for a reader that stopped", async () => {
  const output = new Output();
  const goOn = output.pause();
  const line = "x".repeat(1_000);
  output.writer.write("first");
  await output.settle();
  // A burst is kept: the reader may only be slow.
  output.writer.write(Array(2_000).fill(line).join("\n"));
  assertEquals(output.writer.dropped, 0);
  await output.clock.advance(1_001);
  output.writer.write(Array(300).fill("late").join("\n"));
  assertEquals(output.writer.dropped, 300);
  goOn();
  await output.settle();
  output.writer.write("last");
  await output.settle();
  assertEquals(output.lines.length, 2_003);
  assertEquals(output.lines[0], "first");
  assertEquals(output.lines.slice(-2), ["dropped 300", "last"]);
  await output.writer.close(1_000);
});

test("LineWriter waits for an output that is not blocking, and full", async () => {
  const output = new Output();
  output.error = new Deno.errors.WouldBlock("os error 11");
  output.room = 6;
  output.writer.write("one\ntwo");
  await output.settle();
  assertEquals(output.text, "one\ntw");
  output.room = Infinity;
  await output.clock.advance(100);
  await output.settle();
  assertEquals([output.lines, output.writer.dropped], [["one", "two"], 0]);
});

test("LineWriter ends in time, whatever its output does", async () => {
  const stuck = new Output();
  stuck.pause();
  stuck.writer.write("one");
  const closing = stuck.writer.close(1_000);
  await stuck.clock.advance(1_000);
  await closing;

  const full = new Output();
  full.room = 0;
  full.writer.write("one");
  await full.settle();
  await full.writer.close(1_000);
  assertEquals([full.text, full.writer.dropped], ["", 1]);
});
