import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddress, { compile } from '@fastify/proxy-addr';
import { httpConfig } from '../../config/http.config.js';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * What counts as one client: an IPv4 address, also if it is IPv4-mapped (RFC 4291 §2.5.5.2), or the 64-bit prefix of an
 * IPv6 network, because whoever has one address of it usually has them all.
 */
export function clientKeyOf(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0] as string;
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff';
  if (!isMapped) return groups.slice(0, NETWORK_GROUPS).join(':');
  return groups
    .slice(6)
    .map((group) => parseInt(group, 16))
    .flatMap((word) => [word >> 8, word & 255])
    .join('.');
}

function groupsOf(address: string): string[] {
  // The URL parser gives the canonical short form of every address.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(GROUPS - left.length - right.length).fill('0'), ...right];
}

/** Whether a hop of X-Forwarded-For is a trusted proxy (RESCIND_TRUSTED_PROXIES); undefined: there are none. */
export function proxyTrust(): ((address: string, hop: number) => boolean) | undefined {
  const { trustedProxies } = httpConfig();
  return trustedProxies.length === 0 ? undefined : compile(trustedProxies);
}

/** Computes the address of a request, as the framework's `request.ip` does, before the framework sees the request. */
export function clientAddressReader(): (request: IncomingMessage) => string | null {
  const isProxy = proxyTrust();
  return isProxy === undefined
    ? ({ socket }) => socket.remoteAddress ?? null
    : (request) => proxyAddress(request, isProxy);
}
