import { BlockList, isIP } from 'node:net';

const compiled = new Map<string, BlockList>();
const COMPILED_MAX = 10_000;

/** An IPv4 address that arrived in IPv6 clothing (RFC 4291 §2.5.5.2) is the IPv4 address. */
export function plainAddress(ip: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(ip) ? ip.slice(7) : ip;
}

export interface AddressRange {
  family: 'ipv4' | 'ipv6';
  address: string;
  /** null: the one address. */
  prefix: number | null;
}

/** Reads an address or a CIDR; null when it is neither. */
export function parseAddressRange(text: string): AddressRange | null {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return null;
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return null;
  const prefix = prefixText === undefined ? null : Number(prefixText);
  if (prefix !== null && prefix > (version === 4 ? 32 : 128)) return null;
  return { family: version === 4 ? 'ipv4' : 'ipv6', address, prefix };
}

/** Whether `ip` lies in one of `ranges` (addresses and CIDRs of both families). An unreadable address lies in none. */
export function isTrustedAddress(ip: string, ranges: readonly string[]): boolean {
  const address = plainAddress(ip);
  const version = isIP(address);
  if (version === 0) return false;
  return listOf(ranges).check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function listOf(ranges: readonly string[]): BlockList {
  const key = ranges.join(' ');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseAddressRange(text);
    if (range === null) continue;
    if (range.prefix === null) list.addAddress(range.address, range.family);
    else list.addSubnet(range.address, range.prefix, range.family);
  }
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, list);
  return list;
}
