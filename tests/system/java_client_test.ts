import { assertEquals, assertMatch } from "@std/assert";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";

const JAVA = { program: "java", debianPackage: "default-jdk-headless" };

const EXAMPLE = new URL("../../docs/WatchOrder.java", import.meta.url).pathname;

testWithProgram(
  JAVA,
  "Java's HttpClient watches an order over HTTP/1.1",
  () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      await using daemon = await DaemonProcess.start({ sandbox, folder });
      const id = sandbox.orders.place({
        script: [{ after: 0, status: "VOID" }],
      });
      const { code, output } = await runProgram("java", [
        EXAMPLE,
        daemon.url,
        id,
      ]);
      assertEquals(code, 0, output);
      assertMatch(output, /^201 .*"label":"from Java"/m);
      assertMatch(output, /^200 .*"outcome":"void"/m);
      assertEquals(await daemon.stop(), 0, daemon.output);
    }),
);
