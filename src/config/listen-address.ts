const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host, as `URL.hostname` has it, is this machine, to which unencrypted requests may be sent. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

export interface ListenAddress {
  host: string;
  port: number;
}

/** Null: the text is no address and port. */
export function listenAddressIn(text: string): ListenAddress | null {
  const [, v6, name, digits = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}
