import { createHmac, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { TreeSeals } from '../../../src/audit/sealing/tree-trust.js';
import { EMPTY_ROOT } from '../../../src/log-format/transparency/merkle-tree.js';
import { EventMacs } from '../../../src/audit/trail/event-macs.js';
import { SigningKeys } from '../../../src/secrets/signing-keys.js';

const LOG = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER = '01890a5d-ac96-774b-bcce-b302099a8058';
const leaf = randomBytes(32);
const pair = () => generateKeyPairSync('ed25519');

function keysOf(signingKey: KeyObject, ...retiredSigningKeys: KeyObject[]): SigningKeys {
  return new SigningKeys({ signingKey, retiredSigningKeys });
}

describe('the MAC of an event', () => {
  const { privateKey, publicKey } = pair();
  const macs = new EventMacs(keysOf(privateKey));
  const mac = macs.macOf(LOG, 7, leaf);

  it('is HMAC-SHA-256 under a key that HKDF derives from the signing key, behind the id of that key', () => {
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url');
    const key = Buffer.from(hkdfSync('sha256', seed, '', 'rescind audit event', 32));
    const expected = createHmac('sha256', key).update(`${LOG}7:`).update(leaf).digest().subarray(0, 16);
    expect(mac.subarray(4)).toEqual(expected);
    expect(mac.subarray(0, 4)).toEqual(Buffer.from(keysOf(privateKey).kid, 'base64url').subarray(0, 4));
  });

  it.each([
    ['another log', OTHER, 7, leaf, mac],
    ['another place', LOG, 8, leaf, mac],
    ['another leaf', LOG, 7, randomBytes(32), mac],
    ['another MAC', LOG, 7, leaf, Buffer.concat([mac.subarray(0, 4), randomBytes(16)])],
    ['a shorter one', LOG, 7, leaf, mac.subarray(0, -1)],
    ['the id of the key alone', LOG, 7, leaf, mac.subarray(0, 4)],
    ['an empty one', LOG, 7, leaf, Buffer.alloc(0)],
  ])('does not hold for %s', (_, log, sequence, itsLeaf, itsMac) => {
    expect(macs.judge(LOG, 7, leaf, mac)).toBe('genuine');
    expect(macs.judge(log, sequence, itsLeaf, itsMac)).toBe('forged');
  });

  it('is judged under a retired key by its private part, and is unknown without', () => {
    const { privateKey: present } = pair();
    expect(new EventMacs(keysOf(present, privateKey)).judge(LOG, 7, leaf, mac)).toBe('genuine');
    expect(new EventMacs(keysOf(present, publicKey)).judge(LOG, 7, leaf, mac)).toBe('unknown_key');
    expect(macs.judge(LOG, 7, leaf, null)).toBe('unknown_key');
    expect(new EventMacs(keysOf(present, privateKey)).macOf(LOG, 7, leaf)).not.toEqual(mac);
  });
});

describe('the seal of a tree', () => {
  const { privateKey, publicKey } = pair();
  const tree = { logId: LOG, size: 7, root: randomBytes(32) };
  const seal = new TreeSeals(keysOf(privateKey)).sealOf(tree);

  it('holds for that tree alone, also under the public part of a retired key', () => {
    for (const seals of [
      new TreeSeals(keysOf(privateKey)),
      new TreeSeals(keysOf(pair().privateKey, publicKey)),
    ]) {
      expect(seals.holds(tree, seal)).toBe(true);
      expect(seals.holds({ ...tree, logId: OTHER }, seal)).toBe(false);
      expect(seals.holds({ ...tree, size: 6 }, seal)).toBe(false);
      expect(seals.holds({ ...tree, root: randomBytes(32) }, seal)).toBe(false);
      expect(seals.holds(tree, null)).toBe(false);
      expect(seals.holds(tree, Buffer.alloc(0))).toBe(false);
      expect(seals.holds(tree, seal)).toBe(true);
    }
  });

  it('does not hold under keys that did not make it', () => {
    expect(new TreeSeals(keysOf(pair().privateKey)).holds(tree, seal)).toBe(false);
  });

  it('is needed by every tree but the empty one, which has one root only', () => {
    const seals = new TreeSeals(keysOf(privateKey));
    expect(seals.holds({ ...tree, size: 0, root: EMPTY_ROOT }, null)).toBe(true);
    expect(seals.holds({ ...tree, size: 0 }, null)).toBe(false);
    expect(seals.holds({ ...tree, root: EMPTY_ROOT }, null)).toBe(false);
  });
});
