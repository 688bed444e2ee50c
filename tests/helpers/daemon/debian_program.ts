/**
 * Tests that need a program of Debian's. Without it they are skipped, saying
 * so; under `CI=true` they fail.
 *
 * @module
 */

import { test } from "../client/testing.ts";

/** What a program came to. */
export interface ProgramRun {
  /** Its exit code. */
  code: number;
  /** All that it printed, errors too. */
  output: string;
}

/**
 * Runs a test if a program is installed.
 *
 * @param program Its name, and the package of Debian's that it is in.
 */
export function testWithProgram(
  { program, debianPackage }: { program: string; debianPackage: string },
  name: string,
  run: () => Promise<void>,
): void {
  const isInstalled = (Deno.env.get("PATH") ?? "").split(":")
    .some((folder) => isFile(`${folder}/${program}`));
  const why = `${program} is not installed: apt-get install ${debianPackage}`;
  if (isInstalled) return test(name, run);
  if (Deno.env.get("CI") === "true") {
    return test(name, () => Promise.reject(new Error(why)));
  }
  Deno.test({ name: `${name} (skipped: ${why})`, ignore: true, fn: () => {} });
}

/** Runs a program with a text on its standard input, by default none. */
export async function runProgram(
  program: string,
  args: string[],
  input = "",
): Promise<ProgramRun> {
  await using child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
