import { assertEquals } from "@std/assert";
import { parseRetryAfter } from "../../../client/http/retry_after.ts";
import { test } from "../../helpers/client/testing.ts";

const TODAY = new Date("1994-11-06T08:49:00Z");

function read(retryAfter: string | undefined, date?: string) {
  const headers = new Headers();
  if (retryAfter !== undefined) headers.set("retry-after", retryAfter);
  if (date !== undefined) headers.set("date", date);
  return parseRetryAfter(headers, TODAY);
}

test("readRetryAfter() reads seconds", () => {
  assertEquals(read("0"), 0);
  assertEquals(read("1"), 1000);
  assertEquals(read("120"), 120_000);
  assertEquals(read("007"), 7000);
  assertEquals(read(" 5 "), 5000);
});

test("readRetryAfter() keeps a huge number of seconds finite", () => {
  assertEquals(read("9".repeat(400)), Number.MAX_SAFE_INTEGER);
});

test("readRetryAfter() reads all three forms of a date", () => {
  assertEquals(read("Sun, 06 Nov 1994 08:49:37 GMT"), 37_000);
  assertEquals(read("Sunday, 06-Nov-94 08:49:37 GMT"), 37_000);
  assertEquals(read("Sun Nov  6 08:49:37 1994"), 37_000);
  assertEquals(read("Wed Nov 16 08:49:00 1994"), 10 * 24 * 60 * 60 * 1000);
});

test("readRetryAfter() takes a date gone by for no wait", () => {
  assertEquals(read("Sun, 06 Nov 1994 08:48:59 GMT"), 0);
  assertEquals(read("Thursday, 01-Jan-70 00:00:00 GMT"), 0);
});

test("readRetryAfter() measures a date from the server's own", () => {
  const until = "Sun, 06 Nov 2044 08:49:37 GMT";
  assertEquals(read(until, "Sun, 06 Nov 2044 08:49:30 GMT"), 7000);
  assertEquals(read(until, "Sun Nov  6 08:49:30 2044"), 7000);
  assertEquals(read(until, "Sun, 06 Nov 2044 08:50:00 GMT"), 0);
});

test("readRetryAfter() measures seconds from now, whatever the date", () => {
  assertEquals(read("7", "Sun, 06 Nov 2044 08:49:30 GMT"), 7000);
});

test("readRetryAfter() takes its own date where the server's is none", () => {
  assertEquals(read("Sun, 06 Nov 1994 08:49:37 GMT", "yesterday"), 37_000);
});

test("readRetryAfter() ignores a header that is absent or neither form", () => {
  const garbage = [
    undefined,
    "",
    "soon",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "5, 7",
    "5s",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37 PST",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 66 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nix 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, 5",
  ];
  for (const value of garbage) assertEquals(read(value), undefined);
});
