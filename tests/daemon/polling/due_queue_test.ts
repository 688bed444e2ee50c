import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DueQueue } from "../../../daemon/polling/due_queue.ts";
import { seededRandom } from "../../helpers/client/random.ts";
import { test } from "../../helpers/client/testing.ts";

interface Entry {
  id: string;
  due: number;
}

/** What a queue does, done by sorting: a sort keeps the order of equals. */
class SortedArray {
  readonly entries: Entry[] = [];

  put(id: string, due: number): void {
    this.remove(id);
    this.entries.push({ id, due });
    this.entries.sort((one, other) => one.due - other.due);
  }

  remove(id: string): boolean {
    const place = this.entries.findIndex((entry) => entry.id === id);
    if (place >= 0) this.entries.splice(place, 1);
    return place >= 0;
  }
}

/** Takes all that are left, in order. */
function drain(queue: DueQueue): Entry[] {
  const taken: Entry[] = [];
  for (let entry; (entry = queue.take());) taken.push(entry);
  return taken;
}

test("DueQueue gives the earliest first, then the one that came first", () => {
  const queue = new DueQueue();
  assertEquals(queue.earliest, Infinity);
  assertEquals(queue.take(), undefined);
  queue.put("c", 2);
  queue.put("a", 1.5);
  queue.put("b", 1.5);
  queue.put("d", -1);
  assertEquals([queue.size, queue.earliest], [4, -1]);
  assertEquals(drain(queue), [
    { id: "d", due: -1 },
    { id: "a", due: 1.5 },
    { id: "b", due: 1.5 },
    { id: "c", due: 2 },
  ]);
  assertEquals([queue.size, queue.earliest], [0, Infinity]);
});

test("DueQueue moves an id that is put in again, behind its equals", () => {
  const queue = new DueQueue();
  queue.put("a", 1);
  queue.put("b", 1);
  queue.put("c", 3);
  queue.put("a", 1);
  queue.put("c", 0);
  assertEquals(queue.size, 3);
  assertEquals(drain(queue).map(({ id }) => id), ["c", "b", "a"]);
});

test("DueQueue tells whether it had what is removed", () => {
  const queue = new DueQueue();
  queue.put("a", 1);
  assertEquals(queue.remove("b"), false);
  assertEquals(queue.remove("a"), true);
  assertEquals(queue.remove("a"), false);
  assertEquals([queue.size, queue.earliest], [0, Infinity]);
});

test("DueQueue does what a sorted array does", () => {
  const id = fc.integer({ min: 0, max: 30 }).map(String);
  const due = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double());
  const step = fc.oneof(
    fc.record({ put: id, due: due.filter((due) => !Number.isNaN(due)) }),
    fc.record({ remove: id }),
    fc.constant("take" as const),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    const [queue, sorted] = [new DueQueue(), new SortedArray()];
    for (const step of steps) {
      if (step === "take") {
        assertEquals(queue.take(), sorted.entries.shift());
      } else if ("put" in step) {
        queue.put(step.put, step.due);
        sorted.put(step.put, step.due);
      } else {assertEquals(
          queue.remove(step.remove),
          sorted.remove(step.remove),
        );}
      assertEquals(queue.size, sorted.entries.length);
      assertEquals(queue.earliest, sorted.entries[0]?.due ?? Infinity);
    }
    assertEquals(drain(queue), sorted.entries);
  }));
});

test("DueQueue holds 100,000 orders", () => {
  const random = seededRandom(2);
  const queue = new DueQueue();
  const dues = new Map<string, number>();
  for (let step = 0; step < 300_000; step++) {
    const id = String(Math.floor(random() * 100_000));
    if (random() < 0.2) assertEquals(queue.remove(id), dues.delete(id));
    else {
      const due = Math.floor(random() * 1000);
      queue.put(id, due);
      dues.delete(id);
      dues.set(id, due);
    }
  }
  const sorted = [...dues].sort(([, one], [, other]) => one - other);
  assertEquals(queue.size, sorted.length);
  const taken = drain(queue).map(({ id, due }) => `${id} ${due}`);
  assertEquals(taken.join(), sorted.map((entry) => entry.join(" ")).join());
});
