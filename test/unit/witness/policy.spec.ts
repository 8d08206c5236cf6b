import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { UnusablePolicy, WitnessPolicy } from '../../../src/log-format/transparency/witness-policy.js';
import { VECTORS } from './vectors.js';

const keys = Object.fromEntries(
  ['X1', 'X2', 'X3', 'Y1'].map((alias) => [alias, generateKeyPairSync('ed25519').publicKey]),
);
const vkey = (alias: string): string =>
  cosignerVkeyOf({ name: `witness.example/${alias}`, publicKey: keys[alias] as KeyObject });

/** The example of C2SP tlog-policy, a witness shorter. */
const POLICY = `# the log
log ${VECTORS.log.vkey} https://tokens.example.com

witness X1 ${vkey('X1')} https://x1.example.com/
\twitness X2  ${vkey('X2')}
witness X3 ${vkey('X3')}
group X-witnesses 2 X1 X2 X3
witness Y1 ${vkey('Y1')}
group X-and-Y all X-witnesses Y1
quorum X-and-Y
`;

const at = (...times: [alias: string, seconds: number][]) =>
  times.map(([alias, seconds]) => ({
    cosigner: { name: 'any', publicKey: keys[alias] as KeyObject },
    seconds,
  }));

describe('a policy', () => {
  const policy = new WitnessPolicy(POLICY);

  it('names logs, witnesses and where they are asked', () => {
    expect(policy.logs.map(({ name }) => name)).toEqual(['log.example/platform']);
    expect(policy.witnesses.map(({ alias, name, url }) => [alias, name, url])).toEqual([
      ['X1', 'witness.example/X1', 'https://x1.example.com/'],
      ['X2', 'witness.example/X2', null],
      ['X3', 'witness.example/X3', null],
      ['Y1', 'witness.example/Y1', null],
    ]);
  });

  it('is held once enough have cosigned, from the time on at which they had', () => {
    expect(policy.judge([])).toBeNull();
    expect(policy.judge(at(['X1', 10], ['X2', 20], ['X3', 30]))).toBeNull();
    expect(policy.judge(at(['X1', 10], ['Y1', 20]))).toBeNull();
    expect(policy.judge(at(['X1', 10], ['X1', 11], ['Y1', 20]))).toBeNull();
    expect(policy.judge(at(['X3', 40], ['X1', 10], ['X2', 30], ['Y1', 20]))).toEqual({ seconds: 30 });
  });

  it('may ask for no cosignature', () => {
    expect(new WitnessPolicy('quorum none\n').judge([])).toEqual({ seconds: null });
  });

  it.each([
    ['no quorum', POLICY.replace(/quorum.*/, '')],
    ['two', `${POLICY}quorum X1\n`],
    ['a quorum that is not defined', 'quorum X\n'],
    ['a quorum that is defined later', `quorum X1\nwitness X1 ${vkey('X1')}\n`],
    ['a line of another kind', `${POLICY}mirror a b\n`],
    ['a witness under a key of logs', POLICY.replace(vkey('X1'), VECTORS.log.vkey)],
    ['a log under a key of witnesses', POLICY.replace(VECTORS.log.vkey, vkey('X1'))],
    ['a key twice', POLICY.replace(vkey('X2'), vkey('X1'))],
    ['a name twice', POLICY.replace('witness X2 ', 'witness X1 ')],
    ['a witness that is called none', POLICY.replace('witness X2 ', 'witness none ')],
    ['a member in two groups', POLICY.replace('X-witnesses Y1', 'X-witnesses X1')],
    ['more than there are', POLICY.replace('X-witnesses 2', 'X-witnesses 4')],
    ['none of them', POLICY.replace('X-witnesses 2', 'X-witnesses 0')],
    ['a group of nobody', POLICY.replace('2 X1 X2 X3', 'any')],
    ['a carriage return', POLICY.replace('quorum X-and-Y', 'quorum X-and-Y\r')],
  ])('with %s is refused, and its keys are not shown', (_, text) => {
    const read = (): unknown => new WitnessPolicy(text);
    expect(read).toThrow(UnusablePolicy);
    expect(read).toThrow(/^(line \d+|has no line) /);
  });
});
