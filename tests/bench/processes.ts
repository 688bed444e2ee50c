/**
 * Programs that are measured from outside: each is a process of its own, and
 * Linux tells what it used.
 *
 * @module
 */

/** How many ticks of `/proc/PID/stat` make a second, on any Linux of today. */
const TICKS = 100;

/** The processor time that a process has used so far, in milliseconds. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS;
}

/** The memory of a process that is in RAM, in bytes. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/**
 * Runs a script of this folder to its end.
 *
 * @param name Its file.
 * @param args Its arguments.
 * @returns The JSON that it printed.
 * @throws {Error} If it fails.
 */
export async function runScript<Answer>(
  name: string,
  args: readonly (string | number)[],
): Promise<Answer> {
  const { code, stdout, stderr } = await command(name, args).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${name}: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

/** A server of this folder, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  /** The id of its process. */
  readonly pid: number;
  /** What its paths begin with. */
  readonly url: string;
}

/**
 * Starts a script that serves and prints its port; it is ended when disposed.
 *
 * @param name Its file.
 * @param args Its arguments.
 */
export async function startServer(
  name: string,
  args: readonly (string | number)[] = [],
): Promise<ServerProcess> {
  const child = command(name, args).spawn();
  const errors = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: port } = await output.read();
  if (port === undefined) throw new Error(`${name}: ${await errors}`);
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port.trim()}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await output.cancel();
      await Promise.all([child.status, errors]);
    },
  };
}

function command(name: string, args: readonly (string | number)[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      new URL(name, import.meta.url).href,
      ...args.map(String),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
