import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type AllowedHosts,
  parseAllowedHosts,
} from "../../../daemon/webhooks/allowed_hosts.ts";
import { parseTarget, TargetError } from "../../../daemon/webhooks/target.ts";
import { test } from "../../helpers/client/testing.ts";
import { runDeno } from "../../helpers/system/run_deno.ts";

function hostsOf(text: string, isPrivateAllowed = false): AllowedHosts {
  const hosts = parseAllowedHosts(text, isPrivateAllowed);
  assert(hosts, text);
  return hosts;
}

/** Why a URL is refused. */
function refusal(url: string, hosts: string, isPrivateAllowed = false) {
  const error = assertThrows(
    () => parseTarget(url, hostsOf(hosts, isPrivateAllowed)),
    TargetError,
  );
  return error.message;
}

test("the list of hosts tells each one's port, and is in lower case", () => {
  for (
    const [text, ...named] of [
      [""],
      [" "],
      ["example.com", "example.com:443"],
      ["Example.COM:8443", "example.com:8443"],
      ["a.example, b.example:80", "a.example:443", "b.example:80"],
      ["a.example,A.example:443,a.example:0443", "a.example:443"],
      ["bücher.example", "xn--bcher-kva.example:443"],
      ["localhost:8080", "localhost:8080"],
      ["10.0.0.7:80", "10.0.0.7:80"],
      ["0x7f.1", "127.0.0.1:443"],
      ["[::1]", "[::1]:443"],
      ["[FD00:0::5]:8443", "[fd00::5]:8443"],
    ] as [string, ...string[]][]
  ) {
    assertEquals(
      parseAllowedHosts(text, false),
      { isAny: false, named, isPrivateAllowed: false },
      text,
    );
  }
});

test("an asterisk stands for any host, and others may be named besides", () => {
  assertEquals(hostsOf("*", true), {
    isAny: true,
    named: [],
    isPrivateAllowed: true,
  });
  assertEquals(hostsOf("localhost:8080,*"), {
    isAny: true,
    named: ["localhost:8080"],
    isPrivateAllowed: false,
  });
});

test("a list with anything else in it is none", () => {
  for (
    const text of [
      ",",
      "a.example,",
      "https://a.example",
      "a.example/path",
      "someone@a.example",
      "a.example:",
      "a.example:0",
      "a.example:65536",
      "a.example:https",
      "*.example",
      "*:443",
      "::1",
      "[::1",
      "[::g]",
      "a b.example",
      "a?b.example",
      "256.1.1.1",
    ]
  ) {
    assertEquals(parseAllowedHosts(text, false), undefined, text);
  }
});

test("the list takes hosts alone of which Deno can be given permission", async () => {
  const taken = [
    "a_b",
    "_a.-b-",
    "a.example.",
    "1a.2b",
    "a。b",
    "faß.example",
    "☃.example",
    "127.1",
    "[::ffff:10.0.0.7]",
    `${"a".repeat(63)}.example`,
  ];
  const others = [
    ...Array.from("!$&'()+;=~`{}|\"^%<>", (sign) => `a${sign}b`),
    "(x)",
    ".",
    ".a",
    "a..b",
    "a.b..",
    "a。。b",
    `${"a".repeat(64)}.example`,
  ];
  const hosts = [...taken, ...others]
    .flatMap((name) => parseAllowedHosts(name, false)?.named ?? []);
  const run = await runDeno(["run", `--allow-net=${hosts}`, "-"], ".");
  assertEquals(run, { code: 0, output: "" });
  assertEquals(hosts.length, taken.length, hosts.join(" "));
});

test("a URL at a host that is named is where webhooks are sent to", () => {
  const hosts = hostsOf("hooks.example,a.example:8443");
  assertEquals(parseTarget("https://HOOKS.example:443/in?a=b", hosts), {
    url: "https://hooks.example/in?a=b",
    isSecure: true,
    hostname: "hooks.example",
    port: 443,
    path: "/in?a=b",
    isPrivateAllowed: false,
  });
  assertEquals(parseTarget("https://a.example:8443", hosts).port, 8443);
});

test("a URL at any other host or port is refused, unless any will do", () => {
  for (
    const [url, host] of [
      ["https://other.example/", "other.example:443"],
      ["https://hooks.example:444/", "hooks.example:444"],
      ["https://a.hooks.example/", "a.hooks.example:443"],
      ["https://hooks.example./", "hooks.example.:443"],
      ["https://[2606:4700::1]/", "[2606:4700::1]:443"],
    ] as const
  ) {
    const message = refusal(url, "hooks.example");
    assert(message.includes(`must name '${host}'`), message);
    assertEquals(parseTarget(url, hostsOf("*")).isPrivateAllowed, false);
    refusal(url, "");
  }
});

test("port 0 is none that webhooks can be sent to, whatever is named", () => {
  for (const url of ["https://a.example:0/", "http://localhost:0/"]) {
    const message = refusal(url, "a.example,*", true);
    assert(message.endsWith("its port must be from 1 to 65535"), message);
  }
});

test("a URL without TLS is one of this machine itself", () => {
  for (
    const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"]
  ) {
    const target = parseTarget(`http://${host}/in`, hostsOf(host));
    assertEquals(target.isSecure, false);
    assertEquals(target.isPrivateAllowed, true);
    assertEquals(`${target.hostname}`, host.replace(/\[|\]|:8080/g, ""));
  }
  assertEquals(
    parseTarget("http://localhost", hostsOf("localhost:80")).port,
    80,
  );
  for (
    const url of [
      "http://hooks.example:80/",
      "http://10.0.0.7:80/",
      "ftp://hooks.example:80/",
      "ws://localhost:80/",
    ]
  ) {
    const message = refusal(url, "hooks.example:80,10.0.0.7:80,*", true);
    assert(message.includes("must be an https: URL"), message);
  }
});

test("an address that is not public has to be named, or all be allowed", () => {
  for (
    const [url, host] of [
      ["https://10.0.0.7/", "10.0.0.7"],
      ["https://0xa.7/", "10.0.0.7"],
      ["https://169.254.169.254/", "169.254.169.254"],
      ["https://[fd00::5]/", "[fd00::5]"],
      ["https://[::ffff:10.0.0.7]/", "[::ffff:10.0.0.7]"],
      ["https://localhost/", "localhost"],
      ["http://127.0.0.1:8080/", "127.0.0.1:8080"],
    ] as const
  ) {
    const message = refusal(url, "*");
    assert(message.includes("not a public one"), message);
    assertEquals(parseTarget(url, hostsOf("*", true)).isPrivateAllowed, true);
    for (const hosts of [host, `*,${host}`]) {
      assertEquals(parseTarget(url, hostsOf(hosts)).isPrivateAllowed, true);
    }
  }
});

test("a name that is named may still not lead to a private address", () => {
  const url = "https://intranet.example/";
  const host = "intranet.example";
  assertEquals(parseTarget(url, hostsOf(host)).isPrivateAllowed, false);
  assertEquals(parseTarget(url, hostsOf(host, true)).isPrivateAllowed, true);
});

test("a URL is as long as it is when written in full", () => {
  const hosts = hostsOf("hooks.example");
  const start = "https://hooks.example/";
  const longest = start.padEnd(2048, "x");
  assertEquals(parseTarget(longest, hosts).url, longest);
  for (
    const [url, length] of [
      [`${longest}x`, 2049],
      // Each of these letters is written as six.
      [`${start}${"ü".repeat(338)}`, 2050],
      [`${start}${"ü".repeat(1000)}`, 6022],
    ] as const
  ) {
    const message = refusal(url, "hooks.example");
    assert(message.includes("at most 2048 characters"), message);
    assert(message.endsWith(` it has ${length}`), message);
  }
  // What is taken once is taken again, as it is stored.
  const taken = parseTarget(`${start}${"ü".repeat(337)}`, hosts);
  assertEquals(taken.url.length, start.length + 337 * 6);
  assertEquals(parseTarget(taken.url, hosts), taken);
});

test("a URL that tells more than where to, or is none, is refused", () => {
  const secret = "hunter2";
  for (
    const url of [
      "",
      secret,
      `/${secret}`,
      "https://",
      `data:,${secret}`,
      `https://hooks example/${secret}`,
      `https://${secret}@hooks.example/`,
      `https://someone:${secret}@hooks.example/`,
      `https://hooks.example/#${secret}`,
      `ftp://hooks.example/${secret}`,
      `https://other.example/${secret}?${secret}`,
      `https://hooks.example/${secret.padEnd(2048, "x")}`,
    ]
  ) {
    const message = refusal(url, "hooks.example");
    assert(message.startsWith("Cannot send webhooks"), message);
    assert(!message.includes(secret), message);
  }
});
