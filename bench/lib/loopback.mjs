// @ts-check
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/**
 * Load, hostile input and filled tables belong to this machine alone.
 * @throws when `url` (HTTP or PostgreSQL) does not name the loopback interface.
 */
export function assertLoopback(url) {
  const { hostname } = new URL(url);
  if (!LOOPBACK.has(hostname))
    throw new Error(`Refused: ${hostname || 'an address without a host'} is not the loopback interface.`);
  return url;
}
