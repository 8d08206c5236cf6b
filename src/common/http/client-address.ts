import type { IncomingMessage } from 'node:http';
import proxyAddress, { compile } from '@fastify/proxy-addr';
import { httpConfig } from '../../config/http.config.js';

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
