/**
 * Runs Deno as a user does, in a process of its own.
 *
 * @module
 */

/** What a run of Deno came to. */
export interface DenoRun {
  /** Its exit code. */
  code: number;
  /** All that it printed, errors too, without colors. */
  output: string;
}

/** Runs Deno in a folder and waits for its end. */
export async function runDeno(
  args: string[],
  cwd: string | URL,
  env: Record<string, string> = {},
): Promise<DenoRun> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The environment in which the client speaks to a sandbox. */
export function credentialsOf(
  sandbox: { login: string; password: string; baseUrl: string },
): Record<string, string> {
  return {
    CALLFIRE_LOGIN: sandbox.login,
    CALLFIRE_PASSWORD: sandbox.password,
    CALLFIRE_BASE_URL: sandbox.baseUrl,
  };
}
