import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Log } from "../../../daemon/log/log.ts";

function lines(format: "text" | "json", write: (log: Log) => void): string[] {
  const lines: string[] = [];
  write(
    new Log({
      format,
      write: (line) => lines.push(line),
      date: () => new Date(0),
    }),
  );
  return lines;
}

Deno.test("Log writes text for people", () => {
  assertEquals(
    lines("text", (log) => {
      log.info("Started", { url: "http://127.0.0.1:1/", label: undefined });
      log.warn("Settled", {
        outcome: "partial",
        cost: 1.5,
        label: "two words",
      });
      log.error("Failed", { outcome: null });
    }),
    [
      "1970-01-01T00:00:00.000Z INFO  Started url=http://127.0.0.1:1/",
      "1970-01-01T00:00:00.000Z WARN  Settled outcome=partial cost=1.5" +
      ' label="two words"',
      "1970-01-01T00:00:00.000Z ERROR Failed outcome=null",
    ],
  );
});

Deno.test("Log keeps a line one line, whatever a field holds", () => {
  const [line] = lines("text", (log) => {
    log.info("Watching", { label: "a\n1970 ERROR fake\u001b[31m=" });
  });
  assertEquals(
    line,
    "1970-01-01T00:00:00.000Z INFO  Watching " +
      'label="a\\n1970 ERROR fake\\u001b[31m="',
  );
});

/** What hides, reorders or ends text, of each kind. */
const HIDDEN = "\u202e\u2066\u2028\u2029\u200b\ufeff\u0085\u{e0001}\ud800\x7f";

Deno.test("Log writes nothing that hides or reorders text", () => {
  for (const format of ["text", "json"] as const) {
    const written = lines(format, (log) => {
      log.warn(`message ${HIDDEN}`, {
        label: `label ${HIDDEN}`,
        [`key${HIDDEN}`]: 1,
      });
      log.together(() => log.info("together", { label: HIDDEN }));
    });
    assertEquals(written.length, 2);
    for (const line of written) {
      assertEquals(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(line), false, line);
      assertStringIncludes(line, "\\u202e\\u2066\\u2028\\u2029\\u200b");
    }
  }
  const [json] = lines("json", (log) => log.info(HIDDEN, { label: HIDDEN }));
  const { message, label } = JSON.parse(json!);
  assertEquals([message, label], [HIDDEN, HIDDEN]);
});

Deno.test("Log leaves the letters of every language as they are", () => {
  const label = "Grüße 数字 👍 ✓";
  const [line] = lines("text", (log) => log.info("Watching", { label }));
  assertStringIncludes(line!, `label="${label}"`);
});

Deno.test("Log writes JSON for machines", () => {
  const [line] = lines("json", (log) => log.warn("Settled", { cost: 1.5 }));
  assertEquals(JSON.parse(line!), {
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    message: "Settled",
    cost: 1.5,
  });
});

Deno.test("Log writes the lines of a task at once, also if it fails", () => {
  const written = lines("text", (log) => {
    log.info("One");
    assertThrows(() =>
      log.together(() => {
        log.info("Two");
        log.together(() => log.info("Three"));
        throw new Error("something else");
      })
    );
    log.together(() => {});
    log.info("Four");
  });
  assertEquals(
    written.map((one) => one.replaceAll(/^.{31}/gm, "")),
    ["One", "Two\nThree", "Four"],
  );
});
