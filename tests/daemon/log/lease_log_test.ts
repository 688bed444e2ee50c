import { assertEquals } from "@std/assert";
import { logMembership } from "../../../daemon/log/lease_log.ts";
import { Log } from "../../../daemon/log/log.ts";

Deno.test("logMembership() writes a line for each change", () => {
  const lines: string[] = [];
  const log = new Log({
    format: "text",
    write: (line) => lines.push(line.slice(25)),
    date: () => new Date(0),
  });
  logMembership(log, { type: "joined", number: 7 });
  logMembership(log, { type: "daemons", daemons: 2 });
  logMembership(log, { type: "delivers" });
  logMembership(log, { type: "other_limit", otherLimit: 5 });
  logMembership(log, { type: "other_limit", otherLimit: Infinity });
  logMembership(log, { type: "other_limit", otherLimit: undefined });
  logMembership(log, { type: "lost", reason: "It was not renewed: away" });
  assertEquals(lines, [
    "INFO  Holds a lease on orders lease=7",
    "INFO  Shares the orders among daemons daemons=2",
    "INFO  Delivers the webhooks, for all daemons",
    "ERROR Other daemons go by another limit; asks nothing until they have " +
    "stopped limit=5",
    "ERROR Other daemons go by another limit; asks nothing until they have " +
    "stopped limit=none",
    "INFO  All daemons go by the same limit",
    "ERROR Lost the lease on orders; asks nothing until there is another one " +
    'detail="It was not renewed: away"',
  ]);
});
