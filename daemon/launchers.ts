/**
 * The processes that launched this one: a daemon must not outlive them, since
 * it would hold its database and its port with nobody there to stop it.
 *
 * `npx` dies of a signal that it does not pass on, and `deno task` lives on as
 * an orphan. So the parent of this process is not enough: all launchers above
 * it are watched.
 *
 * @module
 */

import { basename } from "node:path";

/**
 * Set to `true` in the environment of a process that is to stop once its
 * standard input ends: its launcher holds the other end, and the system closes
 * that however the launcher ends.
 */
export const STOP_WITH_STDIN = "STOP_WHEN_STDIN_CLOSES";

/** How often launchers are looked at, in milliseconds. */
const INTERVAL_MS = 500;

/** What starts programs on behalf of a user, besides Deno itself. */
const RUNTIMES = ["node", "nodejs", "bun"];

/** Shells that run commands for a runtime, with `-c`. */
const SHELLS = ["sh", "dash", "bash", "busybox", "zsh", "ksh"];

/** A process, as the system describes it. */
export interface ProcessInfo {
  /** The id of its parent. */
  readonly parent: number;
  /** Its session: processes that a terminal's end reaches together. */
  readonly session: number;
  /** The name of its program's file. */
  readonly program: string;
  /** Its command line. */
  readonly args: readonly string[];
}

/** Reads what the system knows of a process; `undefined` if nothing. */
export type ReadProcess = (pid: number) => ProcessInfo | undefined;

/**
 * Finds the launchers of a process: `deno task`, and what runs that, up to
 * `npx`. A person's shell or a service manager is none, nor is a process of
 * another session: a daemon may well outlive them.
 *
 * @param pid The process.
 * @param read Reads processes.
 * @param deno The name of Deno's file.
 * @returns The ids of the launchers: its parent, the parent of that, and so on.
 */
export function findLaunchers(
  pid: number,
  read: ReadProcess,
  deno: string,
): number[] {
  const self = read(pid);
  if (!self) return [];
  const runtimes = [deno, ...RUNTIMES];
  const isRuntime = (info: ProcessInfo | undefined) =>
    info?.session === self.session && runtimes.includes(info.program);
  const launchers: number[] = [];
  for (let next = self.parent; next > 0;) {
    const info = read(next);
    const isLauncher = isRuntime(info) ||
      info !== undefined && isCommandShell(info) &&
        isRuntime(read(info.parent));
    if (!info || !isLauncher) break;
    launchers.push(next);
    next = info.parent;
  }
  return launchers;
}

/**
 * Watches the launchers of this process.
 *
 * @returns A promise that is fulfilled when one of them has ended. It does not
 * keep the process alive.
 */
export function launcherGone(): Promise<void> {
  const parent = Deno.ppid;
  const launchers = findLaunchers(
    Deno.pid,
    readProcess,
    basename(Deno.execPath()),
  );
  // Without /proc only the parent can be watched, if it is `deno task`.
  const isLaunched = launchers.length > 0 ||
    !readProcess(Deno.pid) && mayReadVariables() && Deno.env.has("INIT_CWD");
  if (!isLaunched) return new Promise(() => {});
  const isGone = () => Deno.ppid !== parent || hasOrphan(launchers);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!isGone()) return;
      clearInterval(timer);
      resolve();
    }, INTERVAL_MS);
    Deno.unrefTimer(timer);
  });
}

/** Reads standard input to its end. */
export async function stdinClosed(): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await Deno.stdin.read(buffer) !== null);
  } catch {
    // Whatever held the other end cannot be there any more.
  }
}

/** Whether a launcher was left by the one above it, which has ended. */
function hasOrphan(launchers: readonly number[]): boolean {
  return launchers.slice(1).some((launcher, index) => {
    const parent = readProcess(launchers[index]!)?.parent;
    return parent !== undefined && parent !== launcher;
  });
}

function mayReadVariables(): boolean {
  return Deno.permissions.querySync({ name: "env" }).state === "granted";
}

/**
 * A shell that runs one command and waits for it, as npm has it do. One that
 * runs several, or leaves them in the background, may well end before them.
 */
function isCommandShell({ args, program }: ProcessInfo): boolean {
  const [, flag, command = ""] = args;
  const unquoted = command.replaceAll(/'[^']*'|"[^"]*"/g, "");
  return SHELLS.includes(program) && flag === "-c" && !/[&;|\n]/.test(unquoted);
}

function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const read = (name: string) =>
      Deno.readTextFileSync(`/proc/${pid}/${name}`);
    const stat = read("stat");
    // The second field, in parentheses, is any text.
    const [, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2)
      .split(" ").map(Number);
    const program = Deno.readLinkSync(`/proc/${pid}/exe`);
    return {
      parent: parent!,
      session: session!,
      program: basename(program.replace(/ \(deleted\)$/, "")),
      args: read("cmdline").split("\0").slice(0, -1),
    };
  } catch {
    // Another user's, ended, or a system without /proc.
    return undefined;
  }
}
