import { assertEquals } from "@std/assert";
import { formatAddress, isLoopback, readListen } from "../../daemon/listen.ts";

Deno.test("readListen() reads what formatAddress() writes", () => {
  for (
    const text of ["127.0.0.1:9837", "[::1]:0", "localhost:80", "a-b.c:65535"]
  ) {
    const address = readListen(text);
    assertEquals(address && formatAddress(address), text);
  }
});

Deno.test("readListen() refuses any other text", () => {
  for (
    const text of ["", ":80", "host", "host:", "host:65536", "::1:80", "a b:1"]
  ) {
    assertEquals(readListen(text), undefined, text);
  }
});

Deno.test("isLoopback() knows what only this machine can reach", () => {
  for (const name of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
    assertEquals(isLoopback(name), true, name);
  }
  for (const name of ["0.0.0.0", "::", "10.0.0.1", "localhost.example"]) {
    assertEquals(isLoopback(name), false, name);
  }
});
