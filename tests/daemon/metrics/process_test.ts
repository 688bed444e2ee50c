import { assert, assertLess } from "@std/assert";
import { test } from "../../helpers/client/testing.ts";
import { parseSamples } from "../../helpers/daemon/metrics_testing.ts";

/** A CPU's ticks a second, as /proc counts them on every Linux. */
const TICKS = 100;

/** What Linux knows of a process. */
async function procOf(pid: number) {
  const read = (file: string) => Deno.readTextFile(`/proc/${file}`);
  const stat = await read(`${pid}/stat`);
  // From the third field on: the second, in parentheses, is any text.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  const resident = /VmRSS:\s*(\d+) kB/.exec(await read(`${pid}/status`));
  const boot = /^btime (\d+)$/m.exec(await read("stat"));
  return {
    cpu: (fields[11]! + fields[12]!) / TICKS,
    start: Number(boot?.[1]) + fields[19]! / TICKS,
    memory: Number(resident?.[1]) * 1024,
  };
}

/** Reads up to the last line of the metrics. */
async function readMetrics(stream: ReadableStream<Uint8Array>) {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/\nprocess_start_time_seconds .*\n/.test(text)) break;
  }
  return text;
}

if (Deno.build.os === "linux") {
  test("process: without a permission, what Linux says of it", async () => {
    const script = new URL(
      "../../helpers/daemon/print_metrics.ts",
      import.meta.url,
    ).pathname;
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const samples = parseSamples(await readMetrics(child.stdout));
    const proc = await procOf(child.pid);
    await child.stdin.close();
    const told = (name: string) => samples.get(name) ?? NaN;

    const cpu = told("process_cpu_seconds_total");
    assert(cpu > proc.cpu / 2 && cpu < proc.cpu + 2 / TICKS, `${cpu} s`);
    const memory = told("process_resident_memory_bytes") / proc.memory;
    assert(memory > 0.7 && memory < 1.3, `${memory} of ${proc.memory} B`);
    // The runtime begins a moment after its process, on a busy machine later.
    const late = told("process_start_time_seconds") - proc.start;
    assert(late > -2, `${late} s`);
    assertLess(late, 30);
  });
}
