import { createHmac, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { RowMacs } from '../../../src/secrets/row-macs.js';
import { KEY_ID_BYTES, keyIdOf, SigningKeys } from '../../../src/secrets/signing-keys.js';

const PURPOSE = 'rescind test row';
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const keys = new SigningKeys({ signingKey, retiredSigningKeys: [] });
const macs = new RowMacs(keys, PURPOSE);

describe('the MAC of a row', () => {
  const seed = Buffer.from(signingKey.export({ format: 'jwk' }).d as string, 'base64url');
  const derived = Buffer.from(hkdfSync('sha256', seed, '', PURPOSE, 32));

  it('is HMAC-SHA-256 under the derived key, cut to 128 bits, behind the id of the signing key, for rows of all lengths', () => {
    for (let length = 0; length <= 600; length++) {
      const parts = ['ü'.repeat(length % 300), Buffer.alloc(length, length)];
      const hmac = createHmac('sha256', derived);
      for (const part of parts) hmac.update(part);
      const expected = Buffer.concat([keyIdOf(keys.kid), hmac.digest().subarray(0, 16)]);
      expect(macs.macOf(...parts)).toEqual(expected);
      expect(macs.judge(expected, ...parts)).toBe('genuine');
    }
  });

  it('is forged when any bit of it or of the row is another, and unknown under the id of another key', () => {
    const mac = macs.macOf('row', Buffer.alloc(32, 1));
    for (let index = 0; index < mac.length; index++) {
      const other = Buffer.from(mac);
      other[index]! ^= 1;
      expect(macs.judge(other, 'row', Buffer.alloc(32, 1))).toBe(
        index < KEY_ID_BYTES ? 'unknown_key' : 'forged',
      );
    }
    expect(macs.judge(mac, 'row', Buffer.alloc(32, 2))).toBe('forged');
    expect(macs.judge(mac.subarray(1), 'row', Buffer.alloc(32, 1))).toBe('forged');
    expect(macs.judge(null, 'row')).toBe('unknown_key');
  });
});
