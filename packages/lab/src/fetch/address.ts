/** Which addresses belong to the open internet, and which to this machine or a network of its own. */
import { BlockList, isIP } from 'node:net';

/** What IANA lists as not globally reachable, and multicast. */
const CLOSED_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** The part of IPv6 that is given out. Loopback, link-local, unique local and IPv4-mapped addresses lie outside. */
const GIVEN_OUT_V6 = ['2000::', 3] as const;

/** What lies within but is for protocols, for examples, or leads to an IPv4 address that nobody has looked at (6to4, Teredo). */
const CLOSED_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** Tells whether pictures may be fetched from an IPv4 or IPv6 address. */
export type AddressRule = (address: string) => boolean;

/** The rule for addresses of the open internet; for what is no address, false. */
export function publicAddresses(): AddressRule {
  const closed = new BlockList();
  for (const [net, bits] of CLOSED_V4) closed.addSubnet(net, bits, 'ipv4');
  for (const [net, bits] of CLOSED_V6) closed.addSubnet(net, bits, 'ipv6');
  const open = new BlockList();
  open.addSubnet(...GIVEN_OUT_V6, 'ipv6');
  return (address) => {
    // A zone, as in fe80::1%eth0, is of one machine alone.
    const version = isIP(address);
    if (version === 4) return !closed.check(address, 'ipv4');
    return (
      version === 6 && !address.includes('%') && open.check(address, 'ipv6') && !closed.check(address, 'ipv6')
    );
  };
}
