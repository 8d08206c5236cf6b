import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/errors/domain-error.js';

/** The key that a client gave to a call, so that it can repeat it (draft-ietf-httpapi-idempotency-key-header-07). */
export interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of the request: a key belongs to one request. */
  readonly fingerprint: Buffer;
}

/** Printable ASCII; the quotes of a structured field (RFC 9651 §3.3.3) may be left out. */
const KEY = /^(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/;

/** null: the call has no key. @throws DomainError `request.invalid` */
export function idempotencyKeyOf(request: FastifyRequest): IdempotencyKey | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const [, quoted, bare] = KEY.exec(typeof header === 'string' ? header : '') ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new DomainError(
      'request.invalid',
      'Invalid request parameters: the idempotency-key header is not one string of 1 to 255 characters.',
    );
  const asked = JSON.stringify([request.method, request.url, request.headers['x-business-id'], request.body]);
  return { key, fingerprint: createHash('sha256').update(asked).digest() };
}
