import { BlockList } from 'node:net';
import { parseAddressRange, type AddressRange } from './trusted-ips.js';

const BITS = { ipv4: 32, ipv6: 128 } as const;

/**
 * The addresses that lie in one of `left` and in one of `right` (addresses and CIDRs of both families; null: every
 * address): two ranges have nothing in common, or one lies in the other. An empty list: no address does.
 */
export function commonRanges(
  left: readonly string[] | null,
  right: readonly string[] | null,
): string[] | null {
  if (left === null || right === null) return left === right ? null : [...(left ?? right ?? [])];
  const common = left.flatMap((one) =>
    right.flatMap((other) => (liesIn(one, other) ? [one] : liesIn(other, one) ? [other] : [])),
  );
  return [...new Set(common)];
}

function liesIn(inner: string, outer: string): boolean {
  const [small, large] = [parseAddressRange(inner), parseAddressRange(outer)];
  if (small === null || large === null || small.family !== large.family) return false;
  if (bitsOf(small) < bitsOf(large)) return false;
  const range = new BlockList();
  range.addSubnet(large.address, bitsOf(large), large.family);
  return range.check(small.address, small.family);
}

function bitsOf({ family, prefix }: AddressRange): number {
  return prefix ?? BITS[family];
}
