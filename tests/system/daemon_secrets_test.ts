import { assert, assertEquals } from "@std/assert";
import { test } from "../client/testing.ts";
import type { Fault } from "../sandbox/faults.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { authorization } from "../sandbox/testing.ts";
import { allWatches, checkConservation, Ledger } from "./conservation.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";

const LOGIN = "marked-login";
const PASSWORD = 'MARKED pä"ss\\word&<+/=1';
const TOKEN = "MARKED-TOKEN-0123456789";

const MAIN = new URL("../../daemon/main.ts", import.meta.url).href;

/** Every form in which one of the secrets might come out. */
function forms(): string[] {
  const base64 = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
  };
  return [PASSWORD, `${LOGIN}:${PASSWORD}`, TOKEN].flatMap((secret) => [
    secret,
    base64(secret),
    encodeURIComponent(secret),
    encodeURIComponent(base64(secret)),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
  ]);
}

/** Answers of every kind that say the credentials back. */
function answersWithThem(): Fault[] {
  const header = authorization(LOGIN, PASSWORD);
  const said = [PASSWORD, header, encodeURIComponent(PASSWORD)].join(" ");
  return [
    { kind: "status", status: 500, message: said },
    { kind: "status", status: 400, body: said },
    { kind: "body", body: `<a>${said}</a>` },
    { kind: "body", body: said },
    { kind: "redirect", location: `/${header}` },
    { kind: "reset" },
  ];
}

/** Asks for everything that the daemon has to say. */
async function everythingSaid(daemon: DaemonProcess): Promise<string> {
  const watches = await allWatches(daemon);
  const paths = [
    "/",
    "/metrics",
    "/openapi.json",
    "/-/ready",
    "/v1/summary",
    "/v1/orders",
    "/v1/orders/0",
    "/nowhere",
    ...watches.flatMap(({ id }) => [
      `/v1/orders/${id}`,
      `/v1/orders/${id}/history`,
    ]),
  ];
  let said = "";
  for (const path of paths) {
    const response = await daemon.fetch(path);
    said += JSON.stringify([...response.headers]) + await response.text();
    const refused = await daemon.fetch(path, {
      headers: { authorization: `Bearer ${TOKEN}x` },
    });
    said += JSON.stringify([...refused.headers]) + await refused.text();
  }
  return said;
}

for (const format of ["text", "json"]) {
  test(`no byte that comes out holds a secret, with --log ${format}`, () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox({
        login: LOGIN,
        password: PASSWORD,
      });
      await using daemon = await DaemonProcess.start({
        sandbox,
        folder,
        args: [`--log=${format}`],
        env: { API_TOKEN: TOKEN },
      });
      const ids = answersWithThem().map((fault) => {
        const order = sandbox.orders.place({ localNumbers: { ordered: 1 } });
        sandbox.faults.add({ ...fault, order });
        return order;
      });
      const ledger = new Ledger();
      for (const id of ids) assert(await ledger.watch(daemon, id));
      const reader = new EventReader();
      await reader.read(
        daemon,
        () =>
          ids.every((id) =>
            reader.events.some(({ type, watch }) =>
              type === "order.settled" && watch.id === id
            )
          ),
      );
      let out = await everythingSaid(daemon) + JSON.stringify(reader.events);
      await checkConservation(daemon, ledger, reader);
      assertEquals(await daemon.stop(), 0, daemon.output);
      out += daemon.output;
      for (const { name } of Deno.readDirSync(folder)) {
        out += await Deno.readTextFile(`${folder}/${name}`);
      }
      // The faults were told, so what they hold would have been.
      assert(out.includes("CallFire answered 500"));
      assert(out.includes("it holds the credentials"));
      for (const form of forms()) {
        assert(!out.includes(form), `a secret came out: ${form}`);
      }
    }));
}

test("a start that fails says no secret", () =>
  withFolder(async (folder) => {
    for (
      const env of [
        { CALLFIRE_LOGIN: "a:b" },
        { CALLFIRE_PASSWORD: `${PASSWORD}\x01` },
        {
          CALLFIRE_BASE_URL: `https://l:${
            encodeURIComponent(PASSWORD)
          }@a.example`,
        },
        { CALLFIRE_BASE_URL: PASSWORD },
        { API_TOKEN: `${TOKEN} ${TOKEN}` },
        { DATABASE_URL: `mysql://l:${TOKEN}@a.example/orders` },
        { DATABASE_URL: `postgres://l:${TOKEN}@a.example/orders?x=y` },
        { MAX_REQUESTS_PER_SECOND: "x" },
      ]
    ) {
      const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-all", MAIN],
        env: {
          CALLFIRE_LOGIN: LOGIN,
          CALLFIRE_PASSWORD: PASSWORD,
          API_TOKEN: TOKEN,
          LISTEN: "127.0.0.1:0",
          DATABASE_URL: `${folder}/orders.db`,
          ...env,
        },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      const out = decoder.decode(stdout) + decoder.decode(stderr);
      assertEquals(code, 2, out);
      for (const form of forms()) {
        assert(!out.includes(form), `${Object.keys(env)}: a secret came out`);
      }
    }
  }));
