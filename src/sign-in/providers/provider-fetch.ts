import { isLoopback } from '../../config/loopback.js';

/** How long a provider may take for the whole of an answer. */
export const ANSWER_MS_MAX = 5000;
const ANSWER_BYTES_MAX = 1024 * 1024;

/** How a provider is asked, whatever addresses its metadata name. */
type ProviderFetch = (address: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Within five seconds, for at most a megabyte, following no redirect, and unencrypted only on this machine and only where the issuer
 * itself is asked so: another one must not make us ask what listens here.
 * @throws Error when that cannot be
 */
export function providerFetchOf(issuer: URL): ProviderFetch {
  const isOnThisMachine = issuer.protocol === 'http:';
  return (address, init) => fetchWithin(address, isOnThisMachine, init);
}

async function fetchWithin(
  address: string | URL,
  isOnThisMachine: boolean,
  init: RequestInit = {},
): Promise<Response> {
  const { protocol, hostname, username } = new URL(address);
  if (protocol !== 'https:' && !(isOnThisMachine && protocol === 'http:' && isLoopback(hostname)))
    throw new Error('an address of the provider is not https://');
  if (username !== '') throw new Error('an address of the provider holds credentials');
  const inTime = AbortSignal.timeout(ANSWER_MS_MAX);
  const { signal } = init;
  const answer = await fetch(address, {
    ...init,
    redirect: 'manual',
    signal: signal == null ? inTime : AbortSignal.any([inTime, signal]),
  });
  const { status, statusText, headers } = answer;
  const body = await bytesOf(answer);
  return new Response(body.length === 0 ? null : body, { status, statusText, headers });
}

async function bytesOf(answer: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > ANSWER_BYTES_MAX) throw new Error('the answer of the provider is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
