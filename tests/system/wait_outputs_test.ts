import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";
import { isCursorShown, Screen } from "../helpers/cli/screen.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { freePort } from "../helpers/system/free_port.ts";
import { credentialsOf } from "../helpers/system/run_deno.ts";
import { Run, SCRIPT, WAIT } from "../helpers/system/wait_run.ts";

const PYTHON = { program: "python3", debianPackage: "python3" };

const MAIN = new URL("../../daemon/main.ts", import.meta.url).pathname;

function placeFinished(sandbox: Sandbox): string {
  const localNumbers = ["12135550100"];
  return sandbox.orders.place({
    localNumbers: { ordered: 1 },
    script: [{ after: 0, status: "FINISHED", fulfilled: { localNumbers } }],
  });
}

/** Runs Python with the command as its arguments. */
function runPython(
  sandbox: Sandbox,
  script: string,
  ...args: string[]
): ReturnType<typeof runProgram> {
  const variables = { ...credentialsOf(sandbox), MAX_REQUESTS_PER_SECOND: "0" };
  return runProgram("env", [
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    "TERM=xterm",
    "python3",
    "-c",
    script,
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-all",
    MAIN,
    "wait",
    ...args,
  ]);
}

test("a daemon on loopback is not reached through a proxy", async () => {
  await using sandbox = await startSandbox();
  const id = placeFinished(sandbox);
  const proxy = `http://127.0.0.1:${freePort()}`;
  await withFolder(async (folder) => {
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    const { port } = new URL(daemon.url);
    for (
      const [host, env] of [
        ["127.0.0.1", { HTTP_PROXY: proxy }],
        ["localhost", { http_proxy: proxy, ALL_PROXY: proxy }],
        ["127.0.0.1", { HTTP_PROXY: proxy, no_proxy: "a.example" }],
      ] as const
    ) {
      await using run = new Run(
        "sh",
        ["-c", `exec ${WAIT} --daemon=http://${host}:${port} ${id}`],
        sandbox,
        env,
      );
      assertEquals(await run.ended(), 0, run.output);
    }
    assertEquals(await daemon.stop(), 0);
  });
});

test("an unreachable daemon is reported with the cause", async () => {
  await using sandbox = await startSandbox();
  for (
    const [url, cause] of [
      [`http://127.0.0.1:${freePort()}`, "Connection refused"],
      ["http://no-such-host.invalid", "dns error"],
    ] as const
  ) {
    await using run = new Run(
      "sh",
      ["-c", `exec ${WAIT} --timeout=2s --daemon=${url} 7`],
      sandbox,
    );
    assertEquals(await run.ended(), 6);
    assertStringIncludes(run.output, `Cannot reach the daemon at ${url}: `);
    assertStringIncludes(run.output, cause);
    assertEquals(run.output.includes("fetch failed"), false);
  }
});

/** A proxy that passes a response on once it has all of it. */
function startBufferingProxy(target: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ body, headers, method, signal, url }) => {
      const { pathname, search } = new URL(url);
      const response = await fetch(target + pathname + search, {
        method,
        headers: {
          "Content-Type": headers.get("Content-Type") ?? "text/plain",
        },
        body: body && await new Response(body).bytes(),
        signal,
      });
      const { status } = response;
      // Of a stream that is given up nothing is passed on.
      const bytes = await response.bytes().catch(() => null);
      return new Response(bytes, { status });
    },
  );
}

test("a daemon behind a proxy that buffers is polled", async () => {
  await using sandbox = await startSandbox();
  const id = sandbox.orders.place({
    localNumbers: { ordered: 1 },
    script: [{ after: 0, status: "PROCESSING" }],
  });
  await withFolder(async (folder) => {
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    await using proxy = startBufferingProxy(daemon.url);
    await using run = new Run(
      "sh",
      [
        "-c",
        `exec ${WAIT} --timeout=2m --daemon=http://127.0.0.1:${proxy.addr.port} ${id}`,
      ],
      sandbox,
    );
    await run.written(`${id}  PROCESSING`);
    const localNumbers = ["12135550100"];
    sandbox.orders.set(id, { status: "FINISHED", fulfilled: { localNumbers } });
    assertEquals(await run.ended(), 0, run.output);
    assertStringIncludes(run.output, `${id}  fulfilled`);
    assertEquals(await daemon.stop(), 0);
  });
});

testWithProgram(
  SCRIPT,
  "a terminal that obeys no escape sequences gets none",
  async () => {
    await using sandbox = await startSandbox();
    const id = placeFinished(sandbox);
    for (const term of ["TERM=dumb", "TERM=unknown", "TERM=", "-u TERM"]) {
      await using run = new Run("script", [
        "-qec",
        `exec env -u NO_COLOR ${term} ${WAIT} ${id}`,
        "/dev/null",
      ], sandbox);
      assertEquals(await run.ended(), 0);
      assertEquals(run.output.includes("\x1b"), false, run.output);
      assertStringIncludes(run.output, `${id}  fulfilled`);
    }
  },
);

/** Reads from a pipe that is not blocking, once it is full. */
const FULL_PIPE = `
import array, fcntl, os, subprocess, sys, termios, time
reader, writer = os.pipe()
fcntl.fcntl(writer, fcntl.F_SETFL, fcntl.fcntl(writer, fcntl.F_GETFL) | os.O_NONBLOCK)
program = subprocess.Popen(sys.argv[1:], stdout=writer)
os.close(writer)
size, before = array.array('i', [0]), -1
while program.poll() is None and (size[0] < 32768 or size[0] > before):
    before = size[0]
    time.sleep(0.5)
    fcntl.ioctl(reader, termios.FIONREAD, size)
while chunk := os.read(reader, 65536):
    os.write(1, chunk)
sys.exit(program.wait())
`;

testWithProgram(
  PYTHON,
  "an output that is full and not blocking is waited for",
  async () => {
    await using sandbox = await startSandbox();
    const ids = Array.from({ length: 600 }, () => placeFinished(sandbox));
    const { code, output } = await runPython(
      sandbox,
      FULL_PIPE,
      "--json",
      "--timeout=10m",
      ...ids,
    );
    const lines = output.trimEnd().split("\n");
    assertEquals(code, 0, lines.at(-1));
    const types = lines.map((line) => JSON.parse(line).type);
    assertEquals(types.filter((type) => type === "result").length, 600);
    assertEquals(types.at(-1), "summary");
  },
);

/**
 * Runs the command at a terminal, presses a key once it has drawn, and prints
 * whether that stopped or ended it, and what it had written by then.
 */
const PRESS = `
import json, os, pty, select, signal, sys, termios
key, command = sys.argv[1], sys.argv[2:]
reports, report = os.pipe()
leader, terminal = pty.fork()
if leader == 0:
    # What was written before the key was pressed is kept.
    modes = termios.tcgetattr(0)
    modes[3] |= termios.NOFLSH
    termios.tcsetattr(0, termios.TCSANOW, modes)
    # As a shell does: a program without one cannot be stopped by a key.
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(command[0], command)
    os.write(report, b'%d\\n' % pid)
    _, status = os.waitpid(pid, os.WUNTRACED)
    os.write(report, b'stopped' if os.WIFSTOPPED(status) else b'ended')
    if os.WIFSTOPPED(status): os.kill(pid, 9)
    os._exit(0)
os.close(report)
pid = int(os.read(reports, 100))
output = b''
def read(timeout):
    global output
    if not select.select([terminal], [], [], timeout)[0]: return False
    try: chunk = os.read(terminal, 65536)
    except OSError: return False
    output += chunk
    return chunk != b''
while not (b'PROCESSING' in output and output.endswith(b'\\x1b[?25h')):
    read(60) or sys.exit('it drew nothing')
if key == 'KILL': os.kill(pid, 9)
else: os.write(terminal, key.encode())
while select.select([reports], [], [], 0)[0] == [] and (read(0.1) or True): pass
end = os.read(reports, 100).decode()
while read(0.2): pass
print(json.dumps({'end': end, 'output': output.decode()}))
`;

testWithProgram(
  PYTHON,
  "Ctrl-Z, Ctrl-\\ and KILL leave the terminal as it was",
  async () => {
    await using sandbox = await startSandbox();
    const id = sandbox.orders.place({
      localNumbers: { ordered: 1 },
      script: [{ after: 0, status: "PROCESSING" }],
    });
    for (
      const [key, end] of [
        ["\x1a", "stopped"],
        ["\x1c", "ended"],
        ["KILL", "ended"],
      ] as const
    ) {
      const script = PRESS.replace("sys.argv[1]", JSON.stringify(key))
        .replace("sys.argv[2:]", "sys.argv[1:]");
      const { output } = await runPython(sandbox, script, "--timeout=1h", id);
      const seen = JSON.parse(output);
      assertEquals(seen.end, end, output);
      assertStringIncludes(seen.output, "PROCESSING");
      assertEquals(isCursorShown(seen.output), true, output);
      using screen = new Screen(80, 24);
      await screen.write(seen.output);
      assertEquals(screen.isWrapping, true);
    }
  },
);
