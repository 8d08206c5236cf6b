import { AskedScopes } from '../../../packages/verifier/src/asked-scopes.js';
import type { Remembered } from '../../../packages/verifier/src/remembered-verdicts.js';
import { takeReport } from '../../../packages/verifier/src/used-report.js';

const MESSAGE_BYTES_MAX = 16 * 1024;

/** @param lists what it was asked for, each time; undefined: nobody said */
function used(jti: string, ...lists: (readonly string[] | undefined)[]): Remembered {
  const asked = new AskedScopes();
  for (const list of lists) if (list !== undefined) asked.note(list);
  return {
    verdict: { jti } as Remembered['verdict'],
    trustedIps: null,
    expiresAtMs: Infinity,
    uses: lists.length,
    asked,
    someUnsaid: lists.includes(undefined),
  };
}

describe('what a client verifier tells of answers from memory', () => {
  it('names each scope once, and where nobody said', () => {
    const report = takeReport(
      new Set([
        used('a', ['orders:read'], ['orders:read', 'orders:write']),
        used('b', ['orders:write'], undefined),
        used('c', []),
        used('d', undefined),
      ]),
    );
    expect(report).toEqual({
      type: 'used',
      jtis: ['a', 'b', 'c', 'd'],
      counts: [2, 2, 1, 1],
      scopes: ['orders:read', 'orders:write'],
      asked: [[0, 1], [null, 1], [], [null]],
    });
  });

  it('is what it was before there were scopes to be told, where nobody names any', () => {
    const report = takeReport(new Set([used('a', undefined), used('b', undefined, undefined)]));
    expect(report).toEqual({ type: 'used', jtis: ['a', 'b'], counts: [1, 2] });
    expect(takeReport(new Set())).toBeNull();
  });

  it('is taken out, so that nothing is told twice', () => {
    const waiting = new Set([used('a', ['orders:read'])]);
    const [first] = waiting;
    takeReport(waiting);
    expect([waiting.size, first]).toEqual([
      0,
      expect.objectContaining({ uses: 0, asked: null, someUnsaid: false }),
    ]);
  });

  it('always fits into a message, whatever tokens are asked for, and nothing is left out', () => {
    const name = (token: number, scope: number): string => `${token}-${scope}-`.padEnd(128, 'x');
    const waiting = new Set(
      Array.from({ length: 30 }, (_, token) =>
        used(
          `jti-${token}`.padEnd(22, 'x'),
          Array.from({ length: token === 0 ? 100 : 10 }, (_each, scope) => name(token, scope)),
          undefined,
        ),
      ),
    );
    const told = new Set<string>();
    for (let report = takeReport(waiting); report !== null; report = takeReport(waiting)) {
      expect(JSON.stringify(report).length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
      for (const scope of report.scopes ?? []) told.add(scope);
    }
    expect([waiting.size, told.size]).toEqual([0, 100 + 29 * 10]);
  });

  it('has at most two hundred tokens', () => {
    const waiting = new Set(Array.from({ length: 450 }, (_, index) => used(`t${index}`, ['orders:read'])));
    expect([0, 1, 2, 3].map(() => takeReport(waiting)?.jtis.length)).toEqual([200, 200, 50, undefined]);
  });

  it('says that something is left out where a token was asked for more than it can have', () => {
    const many = Array.from({ length: 150 }, (_, index) => `thing-${index}`);
    for (const list of [many, Object.freeze([...many])]) {
      const report = takeReport(new Set([used('a', list)]));
      expect(report?.scopes).toHaveLength(100);
      expect(report?.asked?.[0]?.[0]).toBeNull();
    }
  });

  it('sends nothing that is no scope', () => {
    const report = takeReport(new Set([used('a', ['two words', '', '"', 'orders:read', 'é'])]));
    expect(report?.scopes).toEqual(['orders:read']);
  });

  it('knows every list of a guard, whichever was first', () => {
    const [one, other] = [Object.freeze(['orders:read']), Object.freeze(['orders:write', 'orders:read'])];
    const report = takeReport(new Set([used('a', one, other, one)]));
    expect(report?.scopes).toEqual(['orders:read', 'orders:write']);
  });
});
