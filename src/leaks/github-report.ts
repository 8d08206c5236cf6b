import { hash, verify, type KeyObject } from 'node:crypto';

/** A string that GitHub took for one of our secrets, and where it was found. */
interface GithubMatch {
  token: string;
  type: string;
  url: string | null;
  source: string | null;
}

/** What GitHub is told of a match. The secret itself is not repeated: its SHA-256, hexadecimal, names it. */
export interface GithubLabel {
  token_hash: string;
  token_type: string;
  label: 'true_positive' | 'false_positive';
}

/** More in one report are refused whole; GitHub sends them in several. */
const MATCHES_MAX = 1000;
const TEXT_MAX = 1024;

/** ECDSA on P-256 with SHA-256 over the body as it came, in DER and base64. */
export function isSigned(body: string, signature: string, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(body), key, Buffer.from(signature, 'base64'));
}

/** The matches in a report; null: it is not one. */
export function matchesIn(body: string): GithubMatch[] | null {
  let report: unknown;
  try {
    report = JSON.parse(body);
  } catch {
    return null;
  }
  if (!Array.isArray(report) || report.length > MATCHES_MAX) return null;
  const matches = report.map(matchFrom);
  return matches.every((match) => match !== null) ? matches : null;
}

function matchFrom(value: unknown): GithubMatch | null {
  const { token, type, url, source } = (value ?? {}) as Record<string, unknown>;
  if (typeof token !== 'string' || typeof type !== 'string') return null;
  return { token, type: type.slice(0, TEXT_MAX), url: textOrNull(url), source: textOrNull(source) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, TEXT_MAX).toWellFormed() : null;
}

export function labelOf({ token, type }: GithubMatch, isOurs: boolean): GithubLabel {
  return {
    token_hash: hash('sha256', token),
    token_type: type,
    label: isOurs ? 'true_positive' : 'false_positive',
  };
}
