/**
 * A real nginx in front of a daemon.
 *
 * @module
 */

import { freePort } from "./free_port.ts";

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
}

/**
 * Starts nginx, with its own defaults for all that is not set.
 *
 * @param folder Where it keeps its files.
 * @param locations The `location` blocks of its one server.
 */
export async function startNginx(
  folder: string,
  locations: string,
): Promise<Nginx> {
  const port = freePort();
  const file = `${folder}/nginx-${port}.conf`;
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`);
  await Deno.writeTextFile(
    file,
    `daemon off; master_process off; error_log stderr; pid ${file}.pid;
    events {}
    http {
      access_log off; ${paths.join(" ")}
      server { listen 127.0.0.1:${port}; ${locations} }
    }`,
  );
  const child = new Deno.Command("nginx", {
    args: ["-e", "stderr", "-p", folder, "-c", file],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await isOpen(port)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
