import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  formatAddress,
  isLoopback,
  listenError,
  loopbackHosts,
  parseListenAddress,
} from "../../../daemon/config/listen_address.ts";

Deno.test("readListen() reads what formatAddress() writes", () => {
  for (
    const text of ["127.0.0.1:9837", "[::1]:0", "localhost:80", "a-b.c:65535"]
  ) {
    const address = parseListenAddress(text);
    assertEquals(address && formatAddress(address), text);
  }
});

Deno.test("readListen() refuses any other text", () => {
  for (
    const text of ["", ":80", "host", "host:", "host:65536", "::1:80", "a b:1"]
      .concat("127.0.0.256:80", "[1:2]:80")
  ) {
    assertEquals(parseListenAddress(text), undefined, text);
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

Deno.test("loopbackHosts() has the address that is listened on", () => {
  const usual = ["localhost", "127.0.0.1", "[::1]"];
  for (
    const [hostname, hosts] of [
      ["127.0.0.1", usual],
      ["LOCALHOST", usual],
      ["::1", usual],
      ["127.0.0.2", [...usual, "127.0.0.2"]],
      ["127.1.02.3", [...usual, "127.1.2.3"]],
    ] as const
  ) {
    assertEquals(loopbackHosts({ hostname, port: 9837 }), [...hosts]);
  }
});

Deno.test("listenError() says what to do about an address", () => {
  const { AddrInUse, AddrNotAvailable, PermissionDenied } = Deno.errors;
  const cases = [
    [new AddrInUse("os error 98"), "is in use; stop what"],
    [new AddrNotAvailable("os error 99"), "does not have that address; choose"],
    [new PermissionDenied("os error 13"), "from 1024 on with --listen"],
    [new TypeError("Invalid argument"), "Invalid argument; choose another"],
  ] as const;
  for (const [cause, advice] of cases) {
    const error = listenError({ hostname: "::1", port: 80 }, cause);
    assertStringIncludes(error.message, "Cannot listen on '[::1]:80': ");
    assertStringIncludes(error.message, advice);
    assertEquals(error.cause, cause);
  }
});
