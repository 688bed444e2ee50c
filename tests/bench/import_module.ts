/**
 * How much longer a script takes that imports `mod.ts`, with a warm cache.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";

/** The benchmark. */
export const importModule: Benchmark = {
  name: "import",
  about: "import of mod.ts, warm cache, against an empty script",
  async run({ quick }) {
    const folder = await Deno.makeTempDir();
    try {
      const module = new URL("../../mod.ts", import.meta.url).href;
      const script = async (name: string, text: string) => {
        const path = `${folder}/${name}.ts`;
        await Deno.writeTextFile(path, text);
        return () => runTime(path);
      };
      const times = await inTurn(quick ? 1 : 15, {
        empty: await script("empty", ""),
        module: await script("module", `import "${module}";`),
      });
      return [{
        what: "start of a script with an import of mod.ts",
        unit: "ms",
        figures: times.module,
        baseline: { what: "an empty script", figures: times.empty },
        aim: { of: "more", atMost: 40 },
      }];
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

async function runTime(path: string): Promise<number> {
  const began = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", path],
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`${path} failed`);
  return performance.now() - began;
}
