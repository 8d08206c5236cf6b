const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host, as `URL.hostname` has it, is this machine, to which unencrypted requests may be sent. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}
