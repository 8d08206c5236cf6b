import { BlockList, isIP } from 'node:net';

/** One list for each family: for Node, every IPv4 address is also in ::/0. */
type RangeLists = Record<AddressRange['family'], BlockList>;

const compiled = new Map<string, RangeLists>();
const COMPILED_MAX = 10_000;

const MAPPED_DOTTED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), however it is written, counts as the IPv4 address. */
export function plainAddress(ip: string): string {
  if (!/ffff/i.test(ip) || isIP(ip) !== 6 || ip.includes('%')) return ip;
  // The URL parser gives the canonical short form of every address.
  const [, high, low] = MAPPED.exec(new URL(`http://[${ip}]`).hostname.slice(1, -1)) ?? [];
  if (high === undefined || low === undefined) return ip;
  const bytes = [parseInt(high, 16), parseInt(low, 16)].flatMap((word) => [word >> 8, word & 255]);
  return bytes.join('.');
}

interface AddressRange {
  family: 'ipv4' | 'ipv6';
  address: string;
  /** null: a single address. */
  prefix: number | null;
}

const OCTET = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const IPV4 = String.raw`(${OCTET}\.){3}${OCTET}`;
const IPV6 = '[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*';
/** What schemas say of an address, and of an address or a CIDR. Not all IPv6 that they let through is one. */
export const ADDRESS_PATTERN = `^(${IPV4}|${IPV6})$`;
export const ADDRESS_RANGE_PATTERN = String.raw`^(${IPV4}(/(3[0-2]|[12]?\d))?|${IPV6}(/(12[0-8]|1[01]\d|[1-9]?\d))?)$`;

/** Parses an address or a CIDR; null if it is neither. */
export function parseAddressRange(text: string): AddressRange | null {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return null;
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return null;
  const prefix = prefixText === undefined ? null : Number(prefixText);
  if (prefix !== null && prefix > (version === 4 ? 32 : 128)) return null;
  return { family: version === 4 ? 'ipv4' : 'ipv6', address, prefix };
}

const MAPPED_BITS = 96;

/**
 * The form in which an address or a CIDR is stored; null if it is neither. An IPv4 range written as IPv6 (RFC 4291 §2.5.5.2)
 * becomes the IPv4 range that addresses are compared with.
 */
export function normalRange(text: string): string | null {
  const plain = text.trim();
  const range = parseAddressRange(plain);
  if (range === null) return null;
  const { address, prefix } = range;
  const mapped = MAPPED_DOTTED.exec(address)?.[1];
  if (mapped === undefined || (prefix !== null && prefix < MAPPED_BITS)) return plain;
  return prefix === null ? mapped : `${mapped}/${prefix - MAPPED_BITS}`;
}

/** Whether `ip` is in one of `ranges` (addresses and CIDRs of both families). An invalid address is in none. */
export function isTrustedAddress(ip: string, ranges: readonly string[]): boolean {
  const address = plainAddress(ip);
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return listsOf(ranges)[family].check(address, family);
}

function listsOf(ranges: readonly string[]): RangeLists {
  const key = ranges.join(' ');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of ranges) {
    const range = parseAddressRange(text);
    if (range === null) continue;
    if (range.prefix === null) lists[range.family].addAddress(range.address, range.family);
    else lists[range.family].addSubnet(range.address, range.prefix, range.family);
  }
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, lists);
  return lists;
}

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
