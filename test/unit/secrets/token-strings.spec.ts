import { mintHexSecret, mintSecret } from '../../../src/secrets/mint.js';
import { tokenStringsIn, tokenStringsOf, type TokenString } from '../../../src/secrets/token-strings.js';

const none = () => null;
const found = (text: string): TokenString[] => [...tokenStringsIn(text, none)];
const secretsIn = (text: string): string[] =>
  found(text).flatMap((each) => (each.kind === 'secret' ? [each.secret] : []));

describe('strings in a text that may be tokens', () => {
  it.each(['dz', 'acme', 'abcdefghijkl', 'ot_pat'])(
    'are whole secrets of the prefix %s, wherever they stand',
    (prefix) => {
      const { secret } = mintSecret(prefix);
      for (const text of [
        secret,
        `Authorization: Bearer ${secret}`,
        `"${secret}"`,
        `https://x.example/?t=${secret}&a=b`,
        `token=${secret};`,
        `TOKEN_${secret}.`,
        `zz${secret}`,
        `${secret}/${secret}`,
      ])
        expect([text, new Set(secretsIn(text))]).toEqual([text, new Set([secret])]);
    },
  );

  it('are secrets of 64 hexadecimal characters, and no part of longer words', () => {
    const { secret, publicId } = mintHexSecret();
    expect(found(`"${secret}"`)).toEqual([{ kind: 'secret', publicId, secret }]);
    expect(found(`a${secret}`)).toEqual([]);
    expect(found(secret + secret)).toEqual([]);
    expect([...tokenStringsOf(publicId, none)]).toEqual([{ kind: 'public_id', publicId }]);
    expect(found(`trace ${publicId}`)).toEqual([]);
  });

  it('are what is left of a secret that was cut, changed or masked', () => {
    const { secret, publicId, preview } = mintSecret('acme');
    const named = { kind: 'public_id', publicId };
    expect(found(secret.slice(0, 40))).toEqual([named]);
    expect(found(`${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`)).toContainEqual(named);
    expect(found(`jti=${publicId}, next`)).toEqual([named]);
    expect(found(`used ${preview}.`)).toEqual([{ kind: 'preview', preview }]);
  });

  it('are secrets that an operator chose, where there are any', () => {
    const chosen = 'my-own-chosen-bootstrap-secret-0123456789';
    const idOf = (word: string) => (word === chosen ? 'chosen-1' : null);
    expect([...tokenStringsIn(`RESCIND_BOOTSTRAP_TOKEN=${chosen}\r`, idOf)]).toEqual([
      { kind: 'secret', publicId: 'chosen-1', secret: chosen },
    ]);
  });

  /** Processor time, which a machine that is busy with something else does not lengthen. */
  const processorMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const tookMs = (text: string): number => {
    const begun = processorMs();
    for (const { kind } of tokenStringsIn(text, none)) expect(kind).toBeDefined();
    return processorMs() - begun;
  };
  it.each<[string, string]>([
    ['underscores', '_'],
    ['letters', 'a'],
    ['digits', '0'],
    ['hexadecimal digits and one that is none', `${'0a'.repeat(32)}g`],
    ['almost a secret', `_${'A'.repeat(22)}_${'A'.repeat(33)}_AAAAA-`],
    ['almost the end of one', `_${'A'.repeat(22)}`],
    ['secrets with a wrong checksum', `abcdefghijkl_${'A'.repeat(22)}_${'A'.repeat(33)}_AAAAAA`],
    ['prefixes', 'ot_pat'],
    ['stars', 'dz_aaaa********'],
    ['words of 512 characters', `${'-'.repeat(512)} `],
  ])('take no longer to find in 100,000 characters of %s than in others', (_what, piece) => {
    const text = piece.repeat(Math.ceil(100_000 / piece.length)).slice(0, 100_000);
    const letters = tookMs('a'.repeat(100_000));
    const begun = processorMs();
    let strings = 0;
    for (const { kind } of tokenStringsIn(text, none)) strings += kind.length;
    expect(strings).toBeLessThan(text.length);
    // A pattern that looks back and forth takes seconds.
    expect(processorMs() - begun).toBeLessThan(500 + 20 * letters);
  });
});
