import { jest } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { LIMITS } from '../../../src/admission/limits.js';
import { Turns } from '../../../src/admission/turns.js';
import type { DomainError } from '../../../src/common/errors/domain-error.js';

const turnsOf = (): Turns =>
  new Turns(
    { businessStreamsMax: 3, businessExportsMax: 2 } as ConstructorParameters<typeof Turns>[0],
    { poolMax: 24, lockTimeoutMs: 1000 } as ConstructorParameters<typeof Turns>[1],
    { streamsMax: 10 },
  );
const never = (): Promise<void> => new Promise(() => undefined);
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: DomainError) => error.code,
  );

describe('turns', () => {
  let turns: Turns;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    turns = turnsOf();
  });
  afterEach(() => void jest.useRealTimers());

  it('let as many management calls begin as there are sessions, and half of them of one business', async () => {
    const begun: string[] = [];
    const ask = (name: string): void =>
      void turns.run('management', name.charAt(0), () => {
        begun.push(name);
        return never();
      });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'd1']) ask(name);
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'b2', 'c1']);
  });

  it('refuse whoever comes when too much of the same waits, and nobody else', async () => {
    const { atOncePerKey, waitingPerKeyMax } = LIMITS['shared-changes'];
    for (let count = 0; count < atOncePerKey + waitingPerKeyMax; count++)
      void turns.run('shared-changes', 'a', never);
    expect(await codeOf(turns.run('shared-changes', 'a', never))).toBe('request.rate_limited');
    expect(await codeOf(turns.run('shared-changes', 'b', () => Promise.resolve()))).toBe('done');
    expect(await codeOf(turns.run('ends', 'a', () => Promise.resolve()))).toBe('done');
  });

  it('keep nobody waiting for longer than is said', async () => {
    void turns.run('held-changes', 'a', never);
    const late = codeOf(turns.run('held-changes', null, never));
    await jest.advanceTimersByTimeAsync(2999);
    expect(await Promise.race([late, Promise.resolve('waits')])).toBe('waits');
    await jest.advanceTimersByTimeAsync(1);
    expect(await late).toBe('service.unavailable');
  });

  it('give places back', async () => {
    let end = (): void => undefined;
    const held = turns.inPlace('token-waiting', 'a', () => new Promise<void>((done) => (end = done)));
    for (let count = 1; count < LIMITS['token-waiting'].most; count++)
      void turns.inPlace('token-waiting', 'a', never);
    expect(await codeOf(turns.inPlace('token-waiting', 'a', never))).toBe('request.rate_limited');
    end();
    await held;
    expect(await codeOf(turns.inPlace('token-waiting', 'a', () => Promise.resolve()))).toBe('done');
  });

  it('take no place of the business for what its token may not have', () => {
    const one = { business: 'a', token: 'one' };
    const begun = [1, 2, 3].map(() => turns.enterShared('streams', one));
    expect(begun.map(({ uses }) => uses.map(({ isExceeded }) => isExceeded))).toEqual([
      [false, false],
      [false, false],
      [false, true],
    ]);
    const of = (token: string): (boolean | undefined)[] =>
      turns.enterShared('streams', { business: 'a', token }).uses.map(({ isExceeded }) => isExceeded);
    expect(of('two')).toEqual([false, false]);
    expect(of('three')).toEqual([true, false]);
    begun[0]?.end();
    expect(of('three')).toEqual([false, false]);
  });

  it('say when places are taken that others count', () => {
    const taken = (name: Parameters<Turns['areTaken']>[0], count: number) => turns.areTaken(name, count);
    expect([taken('verifiers', 9), taken('verifiers', 10)]).toEqual([false, true]);
    expect([taken('verifiers-of-business', 2), taken('verifiers-of-business', 3)]).toEqual([false, true]);
    expect([taken('verifiers-of-address', 7), taken('verifiers-of-address', 8)]).toEqual([false, true]);
  });
});
