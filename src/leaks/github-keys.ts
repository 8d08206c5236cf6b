import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { refusal } from '../common/errors/domain-error.js';
import { leaksConfig } from '../config/leaks.config.js';

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

/** An unknown key makes us ask no more often than this. */
const ASK_EVERY_MS = 60_000;
/** The same while they cannot be had: whoever names keys that there are not has us ask nobody again and again. */
const ASK_AGAIN_MS = 5000;
const ANSWER_MS_MAX = 5000;
const ANSWER_CHARACTERS_MAX = 100_000;

interface PublishedKey {
  key_identifier: string;
  key: string;
}

/** The keys that GitHub signs its reports with, as it publishes them; asked for when a key is not known. */
@Injectable()
export class GithubKeys {
  private readonly logger = new Logger('Leaks');
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private etag: string | null = null;
  private askedAtMs = -Infinity;
  private failedAtMs = -Infinity;
  private asking: Promise<void> | undefined;

  constructor(@Inject(leaksConfig.KEY) private readonly config: ConfigType<typeof leaksConfig>) {}

  get areConfigured(): boolean {
    return this.config.githubKeysUrl !== null;
  }

  /**
   * The key with this name; null: GitHub does not publish one.
   * @throws DomainError `service.unavailable` when it cannot be found out at the moment
   */
  async find(identifier: string): Promise<KeyObject | null> {
    const known = this.keys.get(identifier);
    if (known !== undefined) return known;
    if (this.asking === undefined) {
      const nowMs = performance.now();
      if (nowMs - this.askedAtMs < ASK_EVERY_MS) return null;
      if (nowMs - this.failedAtMs < ASK_AGAIN_MS) throw refusal('service.unavailable');
    }
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    await this.asking;
    return this.keys.get(identifier) ?? null;
  }

  private async ask(): Promise<void> {
    const url = this.config.githubKeysUrl;
    if (url === null) return;
    try {
      const answer = await fetch(url, {
        headers: {
          accept: 'application/json',
          'user-agent': 'rescind',
          ...(this.etag === null ? {} : { 'if-none-match': this.etag }),
        },
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      if (answer.status !== 304) {
        if (answer.status !== 200) throw new Error(`it was answered with ${answer.status}`);
        this.keys = keysIn(await textOf(answer));
        this.etag = answer.headers.get('etag');
      }
      this.askedAtMs = performance.now();
    } catch (error) {
      this.failedAtMs = performance.now();
      this.logger.warn(`The keys of GitHub's secret scanning cannot be fetched: ${String(error)}`);
      throw refusal('service.unavailable', { cause: error });
    }
  }
}

async function textOf(answer: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > ANSWER_CHARACTERS_MAX) throw new Error('the answer is too long');
  }
  return text;
}

/** @throws Error unless it is `{public_keys: [{key_identifier, key}]}` with keys on P-256 */
function keysIn(text: string): ReadonlyMap<string, KeyObject> {
  const { public_keys: published } = JSON.parse(text) as { public_keys?: unknown };
  if (!Array.isArray(published) || !published.every(isPublishedKey))
    throw new Error('there are no keys in it');
  return new Map(
    published.map(({ key_identifier: identifier, key: pem }) => {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('a key is not on P-256');
      return [identifier, key];
    }),
  );
}

function isPublishedKey(value: unknown): value is PublishedKey {
  const { key_identifier: identifier, key } = (value ?? {}) as Partial<PublishedKey>;
  return typeof identifier === 'string' && typeof key === 'string';
}
