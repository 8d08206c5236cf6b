import { readFileSync } from 'node:fs';
import { registerAs } from '@nestjs/config';
import { ConfigError, type Given, objects, resolved } from './environment.js';
import { isLoopback } from './listen-address.js';

const VARIABLE = 'RESCIND_AUDIT_SINKS';

export type SinkFormat = 'native' | 'ocsf';

interface SinkBase {
  /** What its cursors are kept under: once chosen, it stays. */
  name: string;
  format: SinkFormat;
  /** Where a sink that is new begins: with the oldest events, or with what comes now. */
  from: 'beginning' | 'now';
}

export interface HttpsSinkSettings extends SinkBase {
  type: 'https';
  url: string;
  /** Key of the HMAC, as bytes; null: batches are not signed. */
  key: Buffer | null;
  header: Record<string, string>;
  /** PEM of the authorities that are trusted instead of the well-known ones. */
  ca: string | null;
}

export interface SyslogSinkSettings extends SinkBase {
  type: 'syslog';
  host: string;
  port: number;
  tls: boolean;
  ca: string | null;
}

export type SinkSettings = HttpsSinkSettings | SyslogSinkSettings;

const COMMON = ['name', 'type', 'format', 'from'];
const SINKS_MAX = 16;
/** Until 0.2 there were both. Whoever has such a sink must not believe that it still gets events. */
const INSTEAD = 'which Rescind does not write: docs/audit.md says what does ("Into a file, or as CEF").';

/** @throws ConfigError that names the sink and the member, never a value (R8) */
function sinks(): SinkSettings[] {
  const read = objects(VARIABLE, 'sinks', SINKS_MAX).map((each, index) => sinkOf(each, index + 1));
  if (new Set(read.map(({ name }) => name)).size < read.length)
    throw new ConfigError(VARIABLE, 'names two sinks alike.');
  return read;
}

function sinkOf(given: Given, number: number): SinkSettings {
  const refuse = (member: string, problem: string): never => {
    throw new ConfigError(VARIABLE, `: the ${member} of sink ${number} ${problem}`);
  };
  const { name, type, format = 'native', from = 'beginning' } = given;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name))
    return refuse('name', 'must be of a-z, 0-9, _ and -.');
  if (type === 'file') return refuse('type', `is file, ${INSTEAD}`);
  if (format === 'cef') return refuse('format', `is cef, ${INSTEAD}`);
  if (format !== 'native' && format !== 'ocsf') return refuse('format', 'must be native or ocsf.');
  if (from !== 'beginning' && from !== 'now') return refuse('from', 'must be beginning or now.');
  const base = { name, format, from } as const;
  const demandOnly = (...members: string[]): void => {
    const other = Object.keys(given).find((member) => ![...COMMON, ...members].includes(member));
    if (other !== undefined) refuse(JSON.stringify(other.slice(0, 40)), 'is not known.');
  };
  if (type === 'https') {
    demandOnly('url', 'secret', 'header', 'ca');
    return {
      ...base,
      type,
      ...urlOf(given, refuse),
      key: keyOf(given, refuse),
      header: headerOf(given, refuse),
      ca: caOf(given, refuse),
    };
  }
  if (type !== 'syslog') return refuse('type', 'must be https or syslog.');
  demandOnly('address', 'ca');
  return { ...base, type, ...addressOf(given, refuse), ca: caOf(given, refuse) };
}

type Refuse = (member: string, problem: string) => never;

/** Unencrypted to this machine alone. */
function urlOf({ url }: Given, refuse: Refuse): { url: string } {
  if (typeof url !== 'string' || !URL.canParse(url)) return refuse('url', 'must be an https:// address.');
  const { protocol, hostname, username, password, hash } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    return refuse('url', 'must be an https:// address; http:// leads to this machine alone.');
  if (username !== '' || password !== '' || hash !== '')
    return refuse('url', 'must hold no credentials: they belong into header.');
  return { url };
}

/** Standard Webhooks 1.0.0: 24 to 64 bytes, shown as `whsec_` and base64. */
function keyOf({ secret: given }: Given, refuse: Refuse): Buffer | null {
  if (given === undefined) return null;
  const text = typeof given === 'string' ? resolved(VARIABLE, given) : '';
  const [, base64] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (key.length < 24 || key.length > 64)
    return refuse('secret', 'must be whsec_ and the base64 of 24 to 64 bytes, or @file with that.');
  return key;
}

/** Fields that belong to the sender. */
const RESERVED =
  /^(host|content-.*|webhook-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect)$/i;

function headerOf({ header }: Given, refuse: Refuse): Record<string, string> {
  if (header === undefined) return {};
  const text = typeof header === 'string' ? resolved(VARIABLE, header) : '';
  const [, name, content] =
    /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(text) ?? [];
  if (name === undefined || content === undefined || RESERVED.test(name))
    return refuse('header', 'must be one header field such as `Authorization: Bearer …`, or @file with one.');
  return { [name]: content };
}

function caOf({ ca }: Given, refuse: Refuse): string | null {
  if (ca === undefined) return null;
  let pem = '';
  try {
    pem = typeof ca === 'string' ? readFileSync(ca, 'utf8') : '';
  } catch {
    // Refused below.
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    return refuse('ca', 'must be the path of a file of certificates in PEM.');
  return pem;
}

/** RFC 6587 over TCP, RFC 5425 over TLS, whose port is 6514. */
function addressOf({ address }: Given, refuse: Refuse): Pick<SyslogSinkSettings, 'host' | 'port' | 'tls'> {
  const [, scheme, host, port] =
    (typeof address === 'string'
      ? /^(tcp|tls):\/\/([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})\/?$/.exec(address)
      : null) ?? [];
  if (scheme === undefined || host === undefined || Number(port) < 1 || Number(port) > 65535)
    return refuse('address', 'must be tcp://host:port or tls://host:port.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), tls: scheme === 'tls' };
}

export const auditSinksConfig = registerAs('audit-sinks', () => ({
  /** Where every event of every log is sent to. */
  sinks: sinks(),
}));
