/**
 * Disks that can be filled.
 *
 * @module
 */

import { TemporaryFolder } from "./sqlite_place.ts";

/** A small disk, with nothing on it. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Fills so many bytes of it; to the last one, unless told. */
  fill(bytes?: number): Promise<void>;
  /** Makes room where it was filled. */
  makeRoom(): Promise<void>;
  /** Lets nothing be written any more. */
  makeReadOnly(): Promise<void>;
}

/**
 * Makes a disk of so many bytes.
 *
 * @returns The disk, or `undefined` if this user may not mount one.
 */
export async function mountSmallDisk(
  size: number,
): Promise<SmallDisk | undefined> {
  const folder = new TemporaryFolder();
  const { path } = folder;
  if (!await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", path)) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  const ballasts: string[] = [];
  return {
    path,
    async fill(bytes = size) {
      const ballast = `${path}/ballast${ballasts.length}`;
      ballasts.push(ballast);
      await Deno.writeFile(ballast, new Uint8Array(bytes)).catch(() => {});
    },
    async makeRoom() {
      for (const ballast of ballasts.splice(0)) await Deno.remove(ballast);
    },
    async makeReadOnly() {
      await run("mount", "-o", "remount,ro", path);
    },
    async [Symbol.asyncDispose]() {
      await run("umount", path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function run(program: string, ...args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, { args }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
