// @ts-check
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createHash, createHmac } from 'node:crypto';

const SECRETS = /(?:[a-z][a-z0-9]{1,11}|ot_pat)_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}|[0-9a-f]{64}/g;
/** 32 bytes in any common writing. */
const DIGESTS = /[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}/g;

/** Answers that show a secret by contract: issue, rotate, and the two that give back what was sent. */
const ISSUES = /^POST .*\/(tokens|rotate|invitations)$|^POST \/platform\/v1\/tokens$/;
const GIVES_BACK = /^POST (\/platform\/v1\/tokens\/revoke|\/api\/v1\/auth\/token\/renew)$/;

/**
 * Knows every secret of the run, and the digests under its pepper and without one.
 * @param pepper base64, as the application has it.
 */
export function leakDetector(pepper) {
  const key = Buffer.from(pepper, 'base64');
  const secrets = new Set();
  const digests = new Set();
  /** Secrets of another form, such as the platform's first token. */
  const odd = new Set();

  function learn(secret) {
    if (secrets.has(secret)) return;
    secrets.add(secret);
    if (secret.match(SECRETS)?.[0] !== secret) odd.add(secret);
    for (const digest of [createHmac('sha256', key).update(secret), createHash('sha256').update(secret)]) {
      const bytes = digest.digest();
      digests
        .add(bytes.toString('hex'))
        .add(bytes.toString('base64').slice(0, 43))
        .add(bytes.toString('base64url'));
    }
  }

  /** What of `text` is secret; never the secret itself, for findings are printed. */
  function found(text) {
    const names = [];
    for (const secret of odd) if (text.includes(secret)) names.push(`secret ${secret.slice(0, 3)}…`);
    for (const [match] of text.matchAll(SECRETS))
      if (secrets.has(match)) names.push(`secret ${match.slice(0, 7)}…`);
    for (const [match] of text.matchAll(DIGESTS))
      if (digests.has(match) || digests.has(match.toLowerCase())) names.push('digest of a secret');
    return names;
  }

  /** Learns what this answer may show, and tells what it must not. */
  function inAnswer(operation, request, answer) {
    const text = `${answer.text}\n${Object.values(answer.headers).flat().join('\n')}`;
    const success = answer.status < 300;
    if (success && GIVES_BACK.test(operation.id)) {
      // Only what this very request sent.
      return found(text.replaceAll(/[^"]+/g, (part) => ((request.body ?? '').includes(part) ? '' : part)));
    }
    const known = found(text);
    if (success && ISSUES.test(operation.id)) for (const [secret] of text.matchAll(SECRETS)) learn(secret);
    return known;
  }

  /** Reads what the application wrote to its output. */
  async function inLog(file) {
    const names = [];
    for await (const line of createInterface({ input: createReadStream(file) })) {
      for (const name of found(line))
        names.push(`${name} in: ${line.slice(0, 160).replaceAll(SECRETS, '…')}`);
    }
    return names;
  }

  return { learn, inAnswer, inLog };
}
