import { readFileSync } from 'node:fs';
import { registerAs } from '@nestjs/config';
import { ConfigError, flag, integer, oneOf, secret, text } from './environment.js';

function logName(): string {
  const name = text('RESCIND_LOG_NAME') ?? 'rescind';
  if (!/^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,127}$/.test(name))
    throw new ConfigError(
      'RESCIND_LOG_NAME',
      'must be a name such as tokens.example.com, without spaces and plus signs.',
    );
  return name;
}

/** What a parameter that is a credential is likely to be called. */
const CREDENTIAL = /token|secret|pass|pwd|key|auth|sig|cred/i;

/** Addresses end up in logs, of this process and of others. @throws ConfigError also when it carries credentials */
function checkpointUrl(): string | undefined {
  const value = secret('RESCIND_CHECKPOINT_URL');
  if (value === undefined) return undefined;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new ConfigError('RESCIND_CHECKPOINT_URL', 'must be an http:// or https:// address.');
  const { username, password, searchParams } = new URL(value);
  if (username !== '' || password !== '' || [...searchParams.keys()].some((name) => CREDENTIAL.test(name)))
    throw new ConfigError(
      'RESCIND_CHECKPOINT_URL',
      'must hold no credentials, neither before the @ nor as a parameter: put them into RESCIND_CHECKPOINT_HEADER.',
    );
  return value;
}

/** Header fields that are not for the sender to choose. */
const RESERVED = /^(host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect)$/i;

/** A header field that is sent with every checkpoint. @throws ConfigError */
function checkpointHeader(): Record<string, string> {
  const value = secret('RESCIND_CHECKPOINT_HEADER');
  if (value === undefined) return {};
  // RFC 9110 §5.1, §5.5, without what is no ASCII.
  const [, name, content] =
    /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(value) ?? [];
  if (name === undefined || content === undefined || RESERVED.test(name))
    throw new ConfigError(
      'RESCIND_CHECKPOINT_HEADER',
      'must be one header field such as `Authorization: Bearer …`, or @file with one.',
    );
  return { [name]: content };
}

/** The content of the policy of witnesses; what it means is judged where it is used. @throws ConfigError */
function witnessPolicy(): string | undefined {
  const path = text('RESCIND_WITNESS_POLICY');
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'not a file' } = error as NodeJS.ErrnoException;
    throw new ConfigError('RESCIND_WITNESS_POLICY', `names a file that cannot be read (${code}).`);
  }
}

const ANCHOR_MS_MIN = 100;

/** 0: never. @throws ConfigError */
function anchorMs(): number {
  const fallback = text('RESCIND_WITNESS_POLICY') === undefined ? 0 : 60_000;
  const value = integer('RESCIND_ANCHOR_MS', fallback, 0, 86_400_000);
  return value === 0 ? 0 : Math.max(value, ANCHOR_MS_MIN);
}

/** Months that every preset asks for at least. */
const PRESETS = {
  none: 1,
  /** PCI DSS 4.0 10.5.1: twelve months, the last three at hand. */
  pci: 12,
};

/** Months of its audit log that no business may let expire: what is set, or what the preset asks for if that is more. */
export function retentionMonthsMin(): number {
  const preset = oneOf('RESCIND_AUDIT_PRESET', 'none', Object.keys(PRESETS) as (keyof typeof PRESETS)[]);
  return Math.max(integer('RESCIND_AUDIT_RETENTION_MIN_MONTHS', 1, 1, 1200), PRESETS[preset]);
}

/** Whether rows of a version that made no MACs are adopted. */
export function adoptsEarlierRows(): boolean {
  return flag('RESCIND_AUDIT_ADOPT', false);
}

/** Days that pass before a shorter retention takes effect. */
export function retentionDelayDays(): number {
  return integer('RESCIND_AUDIT_RETENTION_DELAY_DAYS', 7, 0, 365);
}

/** Months that events of tokens and of the integrity of the log are kept at least. */
export const SECURITY_MONTHS_MIN = 12;

export const auditConfig = registerAs('audit', () => ({
  /** What the origin of every checkpoint begins with. To be chosen once: readers compare it. */
  logName: logName(),
  /** Between rounds of sealing. */
  sealMs: integer('RESCIND_SEAL_MS', 2000, 100, 3_600_000),
  /** A directory outside the database's reach, to which every checkpoint is written; unset: none. */
  checkpointDirectory: text('RESCIND_CHECKPOINT_DIR'),
  /** Every checkpoint is posted there as text/plain; unset: nowhere. */
  checkpointUrl: checkpointUrl(),
  checkpointHeader: checkpointHeader(),
  /** Who cosigns the checkpoints of the platform's log, and how many must (C2SP tlog-policy); unset: nobody is asked. */
  witnessPolicy: witnessPolicy(),
  /** Between the events that anchor the checkpoints of businesses in the platform's log; 0: there are none. */
  anchorMs: anchorMs(),
  /** The owner of the schema writes it into the database at start, where it is enforced. */
  retentionMonthsMin: retentionMonthsMin(),
  /** Between rounds of retention. */
  retentionMs: integer('RESCIND_AUDIT_RETENTION_MS', 3_600_000, 100, 86_400_000),
  /** Whether rows of an older version, which made no MACs and seals, are believed: for the time of an upgrade. */
  adopts: adoptsEarlierRows(),
  /** Tokens, members, identities and businesses, of each so many, that are compared with the log in each sealing period; 0: none. */
  sampledRows: integer('RESCIND_AUDIT_SAMPLE_ROWS', 100, 0, 10_000),
  /** What retention drops is exported to this directory first; unset: to nowhere. */
  archiveDirectory: text('RESCIND_AUDIT_ARCHIVE_DIR'),
}));
