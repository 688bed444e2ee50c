import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { METRICS, WEBHOOK_METRICS } from "../../daemon/metrics.ts";
import { testWithProgram } from "../helpers/daemon/debian_program.ts";
import { DemoLife } from "../sandbox/demo_life.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { dashboardExpressions } from "../helpers/system/dashboard.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { freePort } from "../helpers/system/free_port.ts";

const FOLDER = new URL("../../daemon/deploy/", import.meta.url);

interface Answer {
  status: string;
  data: { result: { value?: [number, string] }[] };
}

/** Prometheus itself, scraping one daemon. */
class PrometheusProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #url: string;

  private constructor(child: Deno.ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  /** Starts it with the example configuration, brought to this daemon. */
  static async start(
    folder: string,
    daemon: DaemonProcess,
  ): Promise<PrometheusProcess> {
    for (const file of ["rules.yml", "alerts.yml"]) {
      await Deno.copyFile(new URL(file, FOLDER), `${folder}/${file}`);
    }
    const config = parse(
      await Deno.readTextFile(new URL("prometheus.yml", FOLDER)),
    ) as Record<string, unknown>;
    await Deno.writeTextFile(
      `${folder}/prometheus.yml`,
      // JSON is YAML too.
      JSON.stringify({
        ...config,
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        alerting: {},
        scrape_configs: [{
          job_name: "callfire-orders",
          static_configs: [{ targets: [new URL(daemon.url).host] }],
        }],
      }),
    );
    const address = `127.0.0.1:${freePort()}`;
    const child = new Deno.Command("prometheus", {
      args: [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
        "--log.level=error",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    return new PrometheusProcess(child, `http://${address}`);
  }

  /** Asks, until it is there and has an answer that is liked. */
  async get<T>(path: string, isLiked: (answer: T) => boolean): Promise<T> {
    for (let tries = 0;; tries++) {
      try {
        const answer: T = await (await fetch(`${this.#url}${path}`)).json();
        if (isLiked(answer)) return answer;
        if (tries > 600) throw new Error(`${path}: ${JSON.stringify(answer)}`);
      } catch (error) {
        if (tries > 600) throw error;
      }
      await new Promise((go) => setTimeout(go, 100));
    }
  }

  /** Evaluates an expression until it has a series. */
  async query(expression: string): Promise<Answer["data"]["result"]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = await this.get<Answer>(
      path,
      ({ status, data }) => status === "success" && data.result.length > 0,
    );
    return answer.data.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

testWithProgram(
  { program: "prometheus", debianPackage: "prometheus" },
  "Prometheus scrapes the daemon, evaluates the rules and draws the dashboard",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const args = ["--webhook-hosts=127.0.0.1"];
      await using daemon = await DaemonProcess.start({ sandbox, folder, args });
      await using prometheus = await PrometheusProcess.start(folder, daemon);
      await prometheus.query('up{job="callfire-orders"} == 1');

      const life = new DemoLife(sandbox, 4);
      const ledger = new Ledger();
      for (let placed = 0; placed < 2 * DemoLife.FATES; placed++) {
        assert(await ledger.watch(daemon, life.place().id));
      }
      const metrics = { ...METRICS, ...WEBHOOK_METRICS };
      for (const { name, type } of Object.values(metrics)) {
        const result = await prometheus.query(
          type === "histogram" ? `${name}_count` : name,
        );
        assert(result.length > 0, name);
      }
      // What was counted is there, not only the zeros that it began with.
      await prometheus.query(
        'callfire_orders_settled_total{outcome="partial"} > 0',
      );
      await prometheus.query("callfire_order_cost_dollars_total > 0");

      const { data } = await prometheus.get<{
        data: { groups: { rules: { name: string; health: string }[] }[] };
      }>(
        "/api/v1/rules",
        ({ data }) =>
          data.groups.every(({ rules }) =>
            rules.every(({ health }) => health !== "unknown")
          ),
      );
      const rules = data.groups.flatMap(({ rules }) => rules);
      assertEquals(rules.filter(({ health }) => health !== "ok"), []);
      assert(rules.length > 10);

      for (const { panel, expression } of dashboardExpressions()) {
        const result = await prometheus.query(expression);
        assert(result.length > 0, `${panel}: ${expression}`);
      }
      for (const id of ledger.watched) {
        await daemon.json("GET", `/v1/orders/${id}?wait=55`);
      }
      await checkConservation(daemon, ledger, new EventReader());
      assertEquals(await daemon.stop(), 0);
    }),
);
