import { compile } from '@fastify/proxy-addr';
import { httpConfig } from '../../config/http.config.js';

/** Whether a hop of X-Forwarded-For is a proxy of ours (RESCIND_TRUSTED_PROXIES); undefined: there are none. */
export function proxyTrust(): ((address: string, hop: number) => boolean) | undefined {
  const { trustedProxies } = httpConfig();
  return trustedProxies.length === 0 ? undefined : compile(trustedProxies);
}
