/**
 * Plants bugs, one at a time, in a copy of the code, and sees whether each is
 * noticed by what must notice it.
 *
 * @module
 */

import { type Check, type Mutation, MUTATIONS } from "./mutations.ts";
import { plant } from "./pattern.ts";

const USAGE = `Plants bugs one by one and sees each noticed.

deno task mutations [PART-OF-A-NAME]

Without a part of a name all bugs are planted. Exits with 1 if one is not
noticed, or if a check fails on the code as it is.`;

/** What a copy of the code is made of. */
const COPIED = [
  "client",
  "daemon",
  "tests",
  "deno.json",
  "deno.lock",
  "mod.ts",
];

/** How many seeds have to notice a bug. */
const SEEDS = 200;

/** How long a check may take; one that hangs has noticed nothing. */
const LONGEST_CHECK = 600_000;

/** What a check came to: what it noticed, or that it noticed nothing. */
interface Verdict {
  isNoticed: boolean;
  /** The first line that says what was noticed, or how the check ended. */
  said: string;
}

async function main(args: string[]): Promise<number> {
  const [part = ""] = args;
  const mutations = MUTATIONS.filter(({ name }) => name.includes(part));
  if (args.length > 1 || part.startsWith("-") || mutations.length === 0) {
    console.log(USAGE);
    return part === "--help" ? 0 : 2;
  }
  const folder = await Deno.makeTempDir({ prefix: "orders-mutations-" });
  try {
    for (const name of COPIED) await copy(name, `${folder}/${name}`);
    const unsound = await checkSound(folder, mutations);
    const unnoticed = await plantAll(folder, mutations);
    console.log(
      `${mutations.length - unnoticed} of ${mutations.length} bugs noticed`,
    );
    return unnoticed + unsound === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A check that fails anyway would notice any bug. */
async function checkSound(
  folder: string,
  mutations: readonly Mutation[],
): Promise<number> {
  let unsound = 0;
  for (const check of new Set(mutations.map((mutation) => mutation.check))) {
    const { isNoticed, said } = await run(folder, check);
    if (isNoticed) unsound++;
    console.log(`${isNoticed ? "FAILS" : "sound"}  ${check}: ${said}`);
  }
  return unsound;
}

async function plantAll(
  folder: string,
  mutations: readonly Mutation[],
): Promise<number> {
  let unnoticed = 0;
  for (const mutation of mutations) {
    const { check, file, name } = mutation;
    const path = `${folder}/${file}`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, plant(text, mutation));
    const { isNoticed, said } = await run(folder, check);
    await Deno.writeTextFile(path, text);
    if (!isNoticed) unnoticed++;
    console.log(`${isNoticed ? "noticed" : "MISSED"}  ${name}\n  ${said}`);
  }
  return unnoticed;
}

/** Runs a check; types are not looked at, since a bug is to be seen at work. */
async function run(folder: string, check: Check): Promise<Verdict> {
  const command = check.startsWith("simulate")
    ? ["run", "--quiet", "--allow-all", "tests/simulation/main.ts"]
      .concat("--seeds", String(SEEDS), ...check.split(" ").slice(1))
    : ["test", "--allow-all", "--fail-fast", check];
  const [subcommand, ...rest] = command;
  const child = new Deno.Command(Deno.execPath(), {
    args: [subcommand!, "--no-check", ...rest],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LONGEST_CHECK),
  });
  const { code, signal, stderr, stdout } = await child.output();
  const decoder = new TextDecoder();
  const lines = `${decoder.decode(stdout)}\n${decoder.decode(stderr)}`
    .split("\n");
  const said = lines.filter((line) =>
    /^Broken promise: |^deno task simulate|^error: |^Kept every/.test(line)
  ).slice(0, 2).join(" | ");
  return {
    isNoticed: code === 1 && signal === null,
    said: said || lines.filter((line) => line.trim() !== "").at(-1) || "",
  };
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) {
    return await Deno.copyFile(from, to);
  }
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (name !== "node_modules") await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
