import { couldBeSecret, SecretDigest } from '../../../packages/verifier/src/secret-digest.js';

describe('SecretDigest', () => {
  it('tells the same of a secret each time, and another of any other', () => {
    const digest = new SecretDigest();
    const secrets = Array.from({ length: 1000 }, (_, index) => `dz_${index}`);
    expect(new Set(secrets.map((secret) => digest.of(secret))).size).toBe(1000);
    expect(secrets.map((secret) => digest.of(secret))).toEqual(secrets.map((secret) => digest.of(secret)));
  });

  it('is of no use to another process: its key is its own', () => {
    expect(new SecretDigest().of('dz_1')).not.toBe(new SecretDigest().of('dz_1'));
  });

  it('shows nothing of its key', () => {
    const digest = new SecretDigest();
    expect(JSON.stringify(digest)).toBe('{}');
    expect(Object.getOwnPropertyNames(digest)).toEqual([]);
  });
});

describe('couldBeSecret', () => {
  it.each(['', ' ', 'a b', 'a\n', 'é', '\ufffd', '\ud800', 'x'.repeat(513)])('not %j', (secret) => {
    expect(couldBeSecret(secret)).toBe(false);
  });
  it.each(['dz_a', 'x'.repeat(512), '!~'])('%j', (secret) => {
    expect(couldBeSecret(secret)).toBe(true);
  });
});
