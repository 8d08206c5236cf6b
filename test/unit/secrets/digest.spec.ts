import { createHmac, randomBytes } from 'node:crypto';
import { equalInConstantTime, KeyedDigest } from '../../../src/secrets/digest.js';

const MESSAGE_BYTES_MAX = 200;

describe('a keyed digest', () => {
  it('is HMAC-SHA-256, for messages and keys of all lengths around the edges of a block', () => {
    for (const keyBytes of [1, 32, 63, 64, 65, 200]) {
      const key = randomBytes(keyBytes);
      const digest = new KeyedDigest(key, MESSAGE_BYTES_MAX);
      for (let length = 0; length <= MESSAGE_BYTES_MAX; length++) {
        const message = 'x'.repeat(length);
        expect(digest.of(message)).toBe(createHmac('sha256', key).update(message).digest('binary'));
      }
    }
  });

  it('keeps nothing of a longer message for a shorter one', () => {
    const digest = new KeyedDigest(Buffer.alloc(32, 1), MESSAGE_BYTES_MAX);
    const before = digest.of('short');
    digest.of('y'.repeat(MESSAGE_BYTES_MAX));
    expect(digest.of('short')).toBe(before);
  });

  it('is the same of parts, texts and bytes, as of the whole', () => {
    const key = randomBytes(32);
    const digest = new KeyedDigest(key, MESSAGE_BYTES_MAX);
    for (let length = 0; length <= 32; length++) {
      const [text, bytes] = ['é'.repeat(length), randomBytes(length)];
      const whole = createHmac('sha256', key).update(text).update(bytes).digest('binary');
      expect(digest.ofParts([text, bytes])).toBe(whole);
      if (length > 0) expect(digest.ofParts([bytes, text])).not.toBe(whole);
    }
  });

  it('takes no other character for one of ASCII', () => {
    const digest = new KeyedDigest(Buffer.alloc(32, 1), MESSAGE_BYTES_MAX);
    expect(digest.of('\u0144')).not.toBe(digest.of('D'));
  });

  it('equals another only when every byte does', () => {
    const digest = new KeyedDigest(Buffer.alloc(32, 1), MESSAGE_BYTES_MAX).of('a');
    expect(equalInConstantTime(digest, digest)).toBe(true);
    for (let index = 0; index < digest.length; index++) {
      const other =
        digest.slice(0, index) + String.fromCharCode(digest.charCodeAt(index) ^ 1) + digest.slice(index + 1);
      expect(equalInConstantTime(digest, other)).toBe(false);
    }
    expect(equalInConstantTime(digest, digest.slice(1))).toBe(false);
  });
});
