import { RememberedVerdicts } from '../../../packages/verifier/src/remembered-verdicts.js';
import type { ActiveVerdict, VerifiedOwner } from '../../../packages/verifier/src/verdict.js';

const owner = (id: string): VerifiedOwner => ({
  kind: 'user',
  id,
  name: `The ${id}`,
  email: null,
  role: 'developer',
});

function keep(
  memory: RememberedVerdicts,
  name: string,
  { by = 'ada', business = 'acme' }: { by?: string; business?: string } = {},
): void {
  const verdict: ActiveVerdict = {
    active: true,
    id: `id-${name}`,
    jti: `jti-${name}`,
    business_id: business,
    owner: owner(by),
    name,
    external_id: null,
    metadata: null,
    scopes: ['orders:read'],
    expires_at: null,
    created_at: '2026-11-21T12:00:00.000Z',
  };
  memory.keep(`digest-${name}`, { verdict, cacheable: true, trustedIps: null, expiresAtMs: Infinity });
}

const has = (memory: RememberedVerdicts, name: string): boolean =>
  memory.get(`digest-${name}`)?.verdict.jti === `jti-${name}`;

describe('RememberedVerdicts', () => {
  it('never holds more than its limit, and lets what is used stay', () => {
    const memory = new RememberedVerdicts(100);
    keep(memory, 'used');
    for (let index = 0; index < 1000; index++) {
      keep(memory, `other-${index}`);
      expect(has(memory, 'used')).toBe(true);
      expect(memory.size).toBeLessThanOrEqual(100);
    }
    expect(memory.pushedOut).toBe(901);
    expect(has(memory, 'other-0')).toBe(false);
    expect(has(memory, 'other-999')).toBe(true);
  });

  it.each([0, 1, 2, 3])('a limit of %d is kept', (max) => {
    const memory = new RememberedVerdicts(max);
    for (let index = 0; index < 10; index++) {
      keep(memory, String(index));
      expect(memory.size).toBe(Math.min(max, index + 1));
      expect(has(memory, String(index))).toBe(max > 0);
    }
  });

  it('what is remembered anew is there once', () => {
    const memory = new RememberedVerdicts(10);
    for (let times = 0; times < 5; times++) keep(memory, 'same');
    expect(memory.size).toBe(1);
    memory.forget([['token', 'jti-same']]);
    expect(memory.size).toBe(0);
  });

  it('of two secrets of one token the earlier is forgotten, so that an eviction reaches all there is', () => {
    const memory = new RememberedVerdicts(10);
    keep(memory, 'a');
    const { verdict } = memory.get('digest-a') as { verdict: ActiveVerdict };
    memory.keep('digest-b', { verdict, cacheable: true, trustedIps: null, expiresAtMs: Infinity });
    expect(memory.get('digest-a')).toBeUndefined();
    memory.forget([['token', 'jti-a']]);
    expect(memory.get('digest-b')).toBeUndefined();
  });

  it('what is remembered of an owner after it was forgotten is another', () => {
    const memory = new RememberedVerdicts(10);
    keep(memory, 'before');
    memory.forget([['owner', 'ada']]);
    keep(memory, 'after');
    expect(has(memory, 'after')).toBe(true);
    expect(has(memory, 'before')).toBe(false);
    memory.forget([['owner', 'ada']]);
    expect(has(memory, 'after')).toBe(false);
  });

  it('after any number of steps it is what a plain list of them would be', () => {
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const memory = new RememberedVerdicts(1000);
    const expected = new Map<string, { by: string; business: string }>();
    for (let step = 0; step < 20_000; step++) {
      const name = names[random(names.length)] as string;
      const of = { by: `o${random(3)}`, business: `b${random(2)}` };
      switch (random(6)) {
        case 0:
          memory.forget([['token', `jti-${name}`]]);
          expected.delete(name);
          break;
        case 1:
          memory.forget([['owner', of.by]]);
          for (const [each, { by }] of expected) if (by === of.by) expected.delete(each);
          break;
        case 2:
          if (random(20) === 0) {
            memory.forget([['business', of.business]]);
            for (const [each, { business }] of expected) if (business === of.business) expected.delete(each);
          }
          break;
        case 3:
          if (random(50) === 0) {
            memory.forgetEverything();
            expected.clear();
          }
          break;
        default:
          keep(memory, name, of);
          expected.set(name, of);
      }
      const asked = names[random(names.length)] as string;
      expect(has(memory, asked)).toBe(expected.has(asked));
    }
  });
});
