/**
 * What a check of one order costs the daemon, against a probe of the same URL
 * by prometheus-blackbox-exporter that looks for a pattern in the body; both as
 * fast as they go, since either costs more a piece where it mostly sleeps.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { askedByDaemon, costOf, fullLoad } from "./daemon_polls.ts";
import { cpuOf, startServer } from "./processes.ts";
import { freePort } from "../helpers/system/free_port.ts";
import { pause } from "../helpers/system/pause.ts";
import { FIRST_ID } from "./watched_daemon.ts";

/** How many probes are asked for at once, as many as the daemon's questions. */
const IN_FLIGHT = 64;

const PROGRAM = "prometheus-blackbox-exporter";

const CONFIGURATION = {
  modules: {
    order: {
      prober: "http",
      timeout: "5s",
      http: {
        fail_if_body_not_matches_regexp: ["<Status>PROCESSING</Status>"],
        basic_auth: { username: "bench", password: "bench" },
        preferred_ip_protocol: "ip4",
      },
    },
  },
};

/** The benchmark. */
export const blackbox: Benchmark = {
  name: "blackbox",
  about: `CPU of a check of one order, against ${PROGRAM}`,
  missing() {
    const isInstalled = (Deno.env.get("PATH") ?? "").split(":")
      .some((folder) => isFile(`${folder}/${PROGRAM}`));
    return isInstalled
      ? undefined
      : `${PROGRAM} is not installed: apt-get install ${PROGRAM}`;
  },
  async run({ quick }) {
    const probes = quick ? 100 : 4000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    await using exporter = await startExporter();
    const costs = await inTurn(quick ? 1 : 3, {
      exporter: () => costOfProbe(exporter, server.url, probes),
      daemon: async () =>
        costOf(await askedByDaemon(server.url, fullLoad(quick))),
    });
    return [{
      what: "CPU of a check of one order",
      unit: "µs",
      figures: costs.daemon,
      baseline: { what: PROGRAM, figures: costs.exporter },
      aim: { of: "ratio", atMost: 1 / 8 },
    }];
  },
};

interface Exporter extends AsyncDisposable {
  pid: number;
  url: string;
}

async function startExporter(): Promise<Exporter> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/blackbox.yml`;
  // JSON is YAML.
  await Deno.writeTextFile(file, JSON.stringify(CONFIGURATION));
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(PROGRAM, {
    args: [`--config.file=${file}`, `--web.listen-address=${address}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://${address}`;
  for (let tries = 0;; tries++) {
    try {
      await (await fetch(`${url}/-/healthy`)).bytes();
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
  return {
    pid: child.pid,
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** In microseconds. */
async function costOfProbe(
  { pid, url }: Exporter,
  callfire: string,
  probes: number,
): Promise<number> {
  const before = await cpuOf(pid);
  let asked = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (asked < probes) {
      const target = `${callfire}/number/order/${FIRST_ID + asked++}`;
      const query = new URLSearchParams({ module: "order", target });
      const text = await (await fetch(`${url}/probe?${query}`)).text();
      if (!text.includes("\nprobe_success 1\n")) throw new Error(text);
    }
  }));
  return (await cpuOf(pid) - before) * 1000 / probes;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
