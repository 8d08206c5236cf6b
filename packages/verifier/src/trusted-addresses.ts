import { BlockList, isIP } from 'node:net';

/** One list for each family: for Node, every IPv4 address is also in ::/0. */
interface Ranges {
  ipv4: BlockList;
  ipv6: BlockList;
}

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** Parsed once: remembered verdicts keep their parsed list. */
const compiled = new WeakMap<readonly string[], Ranges>();

/** Whether `ip` is in one of `ranges` (addresses and CIDRs of both families). A missing or invalid address is not. */
export function isTrustedAddress(ip: string | undefined, ranges: readonly string[]): boolean {
  if (ip === undefined) return false;
  const address = plainAddress(ip);
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return rangesOf(ranges)[family].check(address, family);
}

/** An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), however it is written, counts as the IPv4 address. */
function plainAddress(ip: string): string {
  if (!/ffff/i.test(ip) || isIP(ip) !== 6 || ip.includes('%')) return ip;
  // The URL parser knows the one short form of every address.
  const [, high, low] = MAPPED.exec(new URL(`http://[${ip}]`).hostname.slice(1, -1)) ?? [];
  if (high === undefined || low === undefined) return ip;
  return [high, low]
    .map((word) => parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 255])
    .join('.');
}

function rangesOf(list: readonly string[]): Ranges {
  let ranges = compiled.get(list);
  if (ranges === undefined) {
    ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
    for (const text of list) add(ranges, text);
    compiled.set(list, ranges);
  }
  return ranges;
}

/** What is no address and no CIDR is left out: nothing lies in it. */
function add(ranges: Ranges, text: string): void {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) ranges[family].addAddress(address, family);
  else if (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
    ranges[family].addSubnet(address, Number(prefix), family);
}
