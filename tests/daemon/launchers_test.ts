import { assertEquals } from "@std/assert";
import { findLaunchers, type ProcessInfo } from "../../daemon/launchers.ts";

/** A process: its parent, session, and command line. */
type Row = [parent: number, session: number, ...args: string[]];

/** The launchers of the process 10 in a table of processes, by their ids. */
function launchersIn(table: Record<number, Row>): number[] {
  const read = (pid: number): ProcessInfo | undefined => {
    const [parent, session, ...args] = table[pid] ?? [];
    if (parent === undefined || session === undefined) return undefined;
    return { parent, session, program: args[0]!, args };
  };
  return findLaunchers(10, read, "deno");
}

Deno.test("findLaunchers() finds all up to npx, and no shell above it", () => {
  assertEquals(
    launchersIn({
      10: [9, 5, "deno", "run", "start.ts"],
      9: [8, 5, "deno", "task", "start"],
      8: [7, 5, "sh", "-c", "'deno' task start '--database=a&b;c'"],
      7: [6, 5, "node", "/usr/bin/npx"],
      6: [1, 5, "bash"],
      1: [0, 1, "systemd"],
    }),
    [9, 8, 7],
  );
});

Deno.test("findLaunchers() takes no person's shell or script for a launcher", () => {
  for (
    const shell of [["bash"], ["sh", "start.sh"], ["bash", "-c", "deno …"]]
  ) {
    assertEquals(
      launchersIn({
        10: [9, 5, "deno", "run", "start.ts"],
        9: [8, 5, "deno", "task", "start"],
        8: [7, 5, ...shell],
        7: [1, 5, "sshd"],
        1: [0, 1, "systemd"],
      }),
      [9],
    );
  }
  // A program may have a shell leave the daemon in the background.
  for (
    const command of ["deno task start & sleep 9", "deno task start | cat"]
  ) {
    assertEquals(
      launchersIn({
        10: [9, 5, "deno", "run", "start.ts"],
        9: [8, 5, "deno", "task", "start"],
        8: [7, 5, "sh", "-c", command],
        7: [1, 5, "node", "runner.js"],
      }),
      [9],
    );
  }
  // A terminal in an editor is a shell that Node started, for a person.
  assertEquals(
    launchersIn({
      10: [9, 5, "deno", "run", "start.ts"],
      9: [8, 5, "deno", "task", "start"],
      8: [7, 5, "bash", "--login"],
      7: [1, 5, "node", "ptyHost"],
    }),
    [9],
  );
});

Deno.test("findLaunchers() takes no process of another session for a launcher", () => {
  assertEquals(
    launchersIn({
      10: [9, 9, "deno", "run", "start.ts"],
      9: [8, 9, "deno", "task", "start"],
      8: [1, 5, "node", "daemonize.js"],
    }),
    [9],
  );
});

Deno.test("findLaunchers() knows the first process of a container", () => {
  assertEquals(
    launchersIn({
      10: [1, 1, "deno", "run", "start.ts"],
      1: [0, 1, "deno", "task", "start"],
    }),
    [1],
  );
  assertEquals(launchersIn({ 10: [0, 1, "deno", "run", "start.ts"] }), []);
  assertEquals(launchersIn({}), []);
});
