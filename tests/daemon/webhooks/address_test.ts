import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isPublicAddress } from "../../../daemon/webhooks/address.ts";
import { test } from "../../helpers/client/testing.ts";

/**
 * Every block of IANA's registries of special-purpose IPv4 addresses and of
 * IPv4 multicast: its first and its last address, and the ones beside it where
 * they are public.
 */
const IPV4_BLOCKS: [name: string, first: string, last: string][] = [
  ["this network", "0.0.0.0", "0.255.255.255"],
  ["private", "10.0.0.0", "10.255.255.255"],
  ["shared by carriers", "100.64.0.0", "100.127.255.255"],
  ["loopback", "127.0.0.0", "127.255.255.255"],
  ["link-local", "169.254.0.0", "169.254.255.255"],
  ["private", "172.16.0.0", "172.31.255.255"],
  ["protocol assignments", "192.0.0.0", "192.0.0.255"],
  ["documentation", "192.0.2.0", "192.0.2.255"],
  ["AS112", "192.31.196.0", "192.31.196.255"],
  ["AMT", "192.52.193.0", "192.52.193.255"],
  ["6to4 relays", "192.88.99.0", "192.88.99.255"],
  ["private", "192.168.0.0", "192.168.255.255"],
  ["AS112", "192.175.48.0", "192.175.48.255"],
  ["benchmarking", "198.18.0.0", "198.19.255.255"],
  ["documentation", "198.51.100.0", "198.51.100.255"],
  ["documentation", "203.0.113.0", "203.0.113.255"],
  ["multicast", "224.0.0.0", "239.255.255.255"],
  ["reserved", "240.0.0.0", "255.255.255.254"],
  ["broadcast", "255.255.255.255", "255.255.255.255"],
];

/** The same for IPv6, but for what is outside 2000::/3 and in no registry. */
const IPV6_BLOCKS: [name: string, first: string, last: string][] = [
  ["unspecified", "::", "::"],
  ["loopback", "::1", "::1"],
  ["IPv4-compatible", "::7f00:1", "::ffff:ffff"],
  ["translated", "::ffff:0:0:0", "::ffff:0:ffff:ffff"],
  ["local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
  ["discard", "100::", "100::ffff:ffff:ffff:ffff"],
  ["dummy prefix", "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"],
  ["Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["benchmarking", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"],
  ["AMT", "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["AS112", "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff"],
  ["ORCHID", "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["ORCHIDv2", "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["drones", "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["AS112", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"],
  ["documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["never given out", "4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

/** Where the clouds tell a machine its credentials. */
const METADATA = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd20:ce::254",
];

function toIpv4(number: number): string {
  return [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join(".");
}

function fromIpv4(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** All ways in which an IPv4 address may be put into one of IPv6. */
function disguises(address: string): string[] {
  const number = fromIpv4(address);
  const pair = `${(number >>> 16).toString(16)}:${
    (number & 65535).toString(16)
  }`;
  return [
    `::ffff:${address}`,
    `::FFFF:${pair}`,
    `0:0:0:0:0:ffff:${pair}`,
    `::${pair}`,
    `::ffff:0:${pair}`,
    `64:ff9b::${pair}`,
    `64:ff9b::${address}`,
    `64:ff9b:1::${pair}`,
    `2002:${pair}::`,
    `2002:${pair}::1`,
  ];
}

test("no address of a block with a purpose of its own is public", () => {
  for (const [name, ...addresses] of [...IPV4_BLOCKS, ...IPV6_BLOCKS]) {
    for (const address of addresses) {
      assertEquals(isPublicAddress(address), false, `${name}: ${address}`);
    }
  }
});

test("an IPv4 address is public if it is in none of those blocks", () => {
  const blocks = IPV4_BLOCKS
    .map(([, first, last]) => [fromIpv4(first), fromIpv4(last)] as const);
  const edges = blocks.flatMap(([first, last]) => [first - 1, last + 1])
    .filter((edge) => edge >= 0 && edge < 2 ** 32);
  const numbers = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(...edges),
    ...blocks.map(([min, max]) => fc.integer({ min, max })),
  );
  fc.assert(
    fc.property(numbers, (number) => {
      const isSpecial = blocks.some(([first, last]) =>
        number >= first && number <= last
      );
      assertEquals(isPublicAddress(toIpv4(number)), !isSpecial, toIpv4(number));
    }),
    { numRuns: 5000 },
  );
  for (const edge of edges) {
    const isSpecial = blocks.some(([first, last]) =>
      edge >= first && edge <= last
    );
    assertEquals(isPublicAddress(toIpv4(edge)), !isSpecial, toIpv4(edge));
  }
});

test("an IPv4 address that is not public is not so in any disguise", () => {
  for (const [, first, last] of IPV4_BLOCKS) {
    for (const address of [first, last].flatMap(disguises)) {
      assertEquals(isPublicAddress(address), false, address);
    }
  }
});

test("addresses of the internet are public, over a translator too", () => {
  for (
    const address of [
      "1.1.1.1",
      "93.184.215.14",
      "::ffff:93.184.215.14",
      "64:ff9b::5db8:d70e",
      "2001:200::1",
      "2001:4860:4860::8888",
      "2003::1",
      "2606:4700:4700::1111",
      "2a00:1450:4001:800::200e",
      "3ffe::1",
    ]
  ) {
    assertEquals(isPublicAddress(address), true, address);
  }
});

test("the metadata service of no cloud is public", () => {
  for (const address of METADATA) {
    assertEquals(isPublicAddress(address), false, address);
  }
});

test("what is no address is not public", () => {
  for (
    const text of [
      "",
      "localhost",
      "example.com",
      "[2606:4700:4700::1111]",
      "1.1.1.1:443",
      "1.1.1.256",
      "1.1.1.1/32",
      " 1.1.1.1",
      "fe80::1%eth0",
    ]
  ) {
    assertEquals(isPublicAddress(text), false, text);
  }
});
