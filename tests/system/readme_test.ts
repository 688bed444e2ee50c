import { assert, assertEquals } from "@std/assert";
import {
  LEASE_METRICS,
  type MetricDefinition,
  METRICS,
  WEBHOOK_METRICS,
} from "../../daemon/metrics.ts";
import { test } from "../helpers/client/testing.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

/** The exit code of curl when its time is over, as for a stream. */
const TIME_IS_OVER = 28;

testWithProgram(
  { program: "curl", debianPackage: "curl" },
  "each curl line of the README's table of routes is answered",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      sandbox.orders.place({ localNumbers: { ordered: 1 } });
      await using daemon = await DaemonProcess.start({ sandbox, folder });
      const lines = [...README.matchAll(/^\| (`curl .*?`) +\|/gm)]
        .flatMap(([, cell]) => cell!.match(/curl [^`]+/g) ?? []);
      // The watch is removed by one of them, so it goes last.
      const last = lines.filter((line) => line.includes("DELETE"));
      assertEquals(last.length, 1);
      const { operations } = await described(daemon);
      assert(lines.length >= operations, `only ${lines.length} curl lines`);
      for (const line of [...lines.filter((one) => one !== last[0]), ...last]) {
        const { code, stderr } = await new Deno.Command("bash", {
          args: ["-c", line.replace("curl", "curl -sSf --max-time 5")],
          env: { API: daemon.url },
          stdout: "null",
          stderr: "piped",
        }).output();
        const isFine = code === 0 ||
          (code === TIME_IS_OVER && line.includes("events"));
        assert(isFine, `${line}: ${code} ${new TextDecoder().decode(stderr)}`);
      }
      const ledger = new Ledger();
      // What the lines have watched, and not removed.
      for (const id of ["7", "8"]) ledger.watched.add(id);
      await checkConservation(daemon, ledger, new EventReader());
      assertEquals(await daemon.stop(), 0);
    }),
);

/** How many operations the API describes. */
async function described(
  daemon: DaemonProcess,
): Promise<{ operations: number }> {
  const { paths } = await daemon
    .json<{ paths: Record<string, object> }>("GET", "/openapi.json");
  const operations = Object.values(paths)
    .reduce((sum, path) => sum + Object.keys(path).length, 0);
  return { operations };
}

test("the README's table of metrics names them all, as they are", () => {
  const rows = [...README.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\|/gm)]
    .map(([, name, type, labels]) => ({
      name,
      type,
      labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    }));
  assertEquals(
    rows.filter(({ name }) => /^(callfire|http|process)_/.test(name!)),
    [METRICS, LEASE_METRICS, WEBHOOK_METRICS]
      .flatMap((metrics) => Object.values<MetricDefinition>(metrics))
      .map(({ name, type, labels }) => ({
        name,
        type,
        labels: Object.keys(labels),
      })),
  );
});
