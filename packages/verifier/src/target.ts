/** The addresses of one server. */
export interface Target {
  readonly streamUrl: string;
  readonly verifyUrl: string;
}

/** The secret of this process's own credential, fetched again for each connection and call. */
export type Credential = () => string | Promise<string>;

/** @throws TypeError when `url` is not an http or https address */
export function targetOf(url: string): Target {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (base === null || (base.protocol !== 'http:' && base.protocol !== 'https:'))
    throw new TypeError('url: an http or https address of Rescind is needed');
  if (base.username !== '' || base.password !== '')
    throw new TypeError('url: must hold no credential; that is `token`');
  const path = base.pathname.replace(/\/+$/, '');
  const stream = `${base.protocol.replace('http', 'ws')}//${base.host}${path}`;
  return {
    streamUrl: `${stream}/api/v1/verifiers/stream`,
    verifyUrl: `${base.origin}${path}/api/v1/tokens/verify`,
  };
}

/** The version of this package. */
export const VERSION = '0.2.0';

export function headersOf(secret: string, businessId: string | undefined): Record<string, string> {
  const headers = { authorization: `Bearer ${secret}`, 'user-agent': `rescind-verifier/${VERSION}` };
  return businessId === undefined ? headers : { ...headers, 'x-business-id': businessId };
}
