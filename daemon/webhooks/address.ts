/**
 * Which addresses a webhook may be sent to: those of the public internet. Who
 * can register an endpoint could otherwise have the daemon ask whatever it
 * alone can reach, such as the metadata service of its cloud.
 *
 * @module
 */

import ipaddr from "ipaddr.js";

/** All of IPv6 that was ever given out to be reached from anywhere. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** Public by its range, but Azure answers its machines there as if it were not. */
const AZURE_PLATFORM = "168.63.129.16";

/**
 * Tells whether an address can be reached from anywhere on the internet. What
 * is not known to be so is taken not to be: addresses that are private, of this
 * machine or of its link (there the metadata services are), unspecified,
 * multicast, reserved, or another way to write one of those.
 *
 * @param address An IP address, without brackets.
 * @returns Whether it can; `false` also for what is no IP address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // An IPv4 address that was written as one of IPv6 is taken for what it is.
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) {
    return parsed.range() === "unicast" && parsed.toString() !== AZURE_PLATFORM;
  }
  if (parsed.range() === "rfc6052") return isPublicAddress(behindNat64(parsed));
  return parsed.range() === "unicast" && parsed.match(GLOBAL_IPV6);
}

/** The IPv4 address that a translator (NAT64) sends on to. */
function behindNat64(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(-4).join(".");
}
