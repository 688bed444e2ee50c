/**
 * Tries what a daemon has no need to do, and what it must be able to. It is run
 * with the permissions of a daemon; it prints what came of each as JSON.
 *
 * @module
 */

/** What is tried, where. */
export interface Attempts {
  /** The folder of the database. */
  folder: string;
  /** A file in no such folder. */
  foreignFile: string;
  /** The port of the CallFire that the daemon asks, on 127.0.0.1. */
  port: number;
  /** Another port there, on which somebody listens. */
  foreignPort: number;
}

/** What came of each attempt: `"done"`, or the name of the error. */
export type Outcomes = Record<string, string>;

async function attempt(attempts: Attempts): Promise<Outcomes> {
  const { folder, foreignFile, foreignPort, port } = attempts;
  const connect = async (port: number, hostname = "127.0.0.1") =>
    (await Deno.connect({ hostname, port })).close();
  const tries: Record<string, () => unknown> = {
    "may write into the folder of its database": () =>
      Deno.writeTextFile(`${folder}/probe`, "probe"),
    "may read in the folder of its database": () =>
      Deno.readTextFile(`${folder}/probe`),
    "may connect to CallFire": () => connect(port),
    "may read its settings": () => Deno.env.get("CALLFIRE_LOGIN"),

    "read a file of the system": () => Deno.readTextFile("/etc/passwd"),
    "read another file": () => Deno.readTextFile(foreignFile),
    "read beside the folder of its database": () =>
      Deno.readTextFile(`${folder}/../probe`),
    "read its own memory": () => Deno.readTextFile("/proc/self/environ"),
    "read the checkout": () => Deno.readTextFile("deno.json"),
    "look at another file": () => Deno.lstat(foreignFile),
    "list another folder": () => Array.fromAsync(Deno.readDir("/")),
    "write another file": () => Deno.writeTextFile(foreignFile, "probe"),
    "write into the checkout": () => Deno.writeTextFile("probe", "probe"),
    "make a folder elsewhere": () => Deno.makeTempDir(),
    "remove another file": () => Deno.remove(foreignFile),
    "link to another file": () =>
      Deno.symlink(foreignFile, `${folder}/probe_link`),
    "change into another folder": () => Deno.chdir("/"),
    "connect to another port": () => connect(foreignPort),
    "connect to another host": () => connect(443, "192.0.2.1"),
    "connect to another name": () => connect(port, "localhost"),
    "fetch from another port": () => fetch(`http://127.0.0.1:${foreignPort}/`),
    "open a web socket": async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${foreignPort}/`);
      await new Promise((_resolve, reject) => {
        socket.onopen = socket.onerror = () => reject(new Error("it opened"));
      });
    },
    "look up a name": () => Deno.resolveDns("elsewhere.example", "A"),
    "listen on another port": () => Deno.listen({ port: 0 }).close(),
    "import code of another host": () =>
      import(`https://${["deno", "land"].join(".")}/probe.ts`),
    "import code of another port": () =>
      import(`http://127.0.0.1:${foreignPort}/probe.ts`),
    "import a package": () =>
      import(`npm:${["callfire", "orders", "probe"].join("-")}@1.0.0`),
    "run a program": () => new Deno.Command("true").output(),
    "run Deno": () => new Deno.Command(Deno.execPath()).output(),
    "signal another process": () => Deno.kill(Deno.ppid, "SIGCONT"),
    "read another variable": () => Deno.env.get("FOREIGN_VARIABLE"),
    "read all variables": () => Deno.env.toObject(),
    "set another variable": () => Deno.env.set("LD_PRELOAD", "probe"),
    "load a library": () => Deno.dlopen("libc.so.6", {}),
    "learn the name of the machine": () => Deno.hostname(),
    "learn the addresses of the machine": () => Deno.networkInterfaces(),
    "learn the user": () => Deno.uid(),
    "ask for more": async () => {
      const { state } = await Deno.permissions.request({ name: "run" });
      if (state !== "granted") throw new Deno.errors.NotCapable(state);
    },
  };
  const outcomes: Outcomes = {};
  for (const [name, run] of Object.entries(tries)) {
    try {
      await run();
      outcomes[name] = "done";
    } catch (error) {
      outcomes[name] = nameOf(error as Error);
    }
  }
  return outcomes;
}

/** An import is refused by its message alone. */
function nameOf({ name, message }: Error): string {
  if (
    name === "NotCapable" ||
    /^Requires import|--no-remote is specified|--cached-only is specified/
      .test(message)
  ) {
    return "NotCapable";
  }
  return `${name}: ${message}`;
}

if (import.meta.main) {
  const outcomes = await attempt(JSON.parse(Deno.args[0]!));
  console.log(JSON.stringify(outcomes));
}
