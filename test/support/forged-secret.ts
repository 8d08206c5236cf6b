import { checksumOf } from '../../src/secrets/secret-format.js';

/** A well-formed secret with the public id of `secret` that is not the secret itself. */
export function forgedFrom(secret: string): string {
  const [prefix, publicId, random = ''] = secret.slice(0, -7).split(/_(?=[0-9A-Za-z]{22}_|[0-9A-Za-z]{33}$)/);
  const other = random.startsWith('0') ? `1${random.slice(1)}` : `0${random.slice(1)}`;
  const body = `${prefix}_${publicId}_${other}_`;
  return body + checksumOf(body);
}
