import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SealedTexts } from '../../../src/secrets/sealed-texts.js';

const pepper = () => ({ id: randomBytes(4).toString('hex'), key: randomBytes(32) });

describe('a sealed text', () => {
  const [current, retired] = [pepper(), pepper()];
  const texts = new SealedTexts({ pepper: current, retiredPeppers: [retired] });

  it('is opened for the purpose that it was sealed for, and never looks the same twice', () => {
    for (const text of ['', 'a', 'ä€😀', 'x'.repeat(3000)]) {
      const [one, other] = [texts.seal('p', text), texts.seal('p', text)];
      expect(one).not.toBe(other);
      expect(one).toMatch(/^[\w-]+$/);
      expect(texts.open('p', one)).toBe(text);
      expect(texts.open('q', one)).toBeNull();
    }
  });

  it('is opened under a retired pepper, and not without it', () => {
    const before = new SealedTexts({ pepper: retired, retiredPeppers: [] });
    expect(texts.open('p', before.seal('p', 'a'))).toBe('a');
    expect(before.open('p', texts.seal('p', 'a'))).toBeNull();
  });

  it('with any byte changed, cut off or added is none', () => {
    const sealed = Buffer.from(texts.seal('p', 'abc'), 'base64url');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(texts.open('p', changed.toString('base64url'))).toBeNull();
      expect(texts.open('p', sealed.subarray(0, index).toString('base64url'))).toBeNull();
    }
    expect(texts.open('p', Buffer.concat([sealed, Buffer.of(0)]).toString('base64url'))).toBeNull();
    for (const none of ['', 'x', 'é'.repeat(99)]) expect(texts.open('p', none)).toBeNull();
  });
});
