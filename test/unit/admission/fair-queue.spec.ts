import { setImmediate as turn } from 'node:timers/promises';
import { FairQueue, type FairQueueLimits } from '../../../src/admission/turns.js';
import type { DomainError } from '../../../src/common/errors/domain-error.js';

describe('a queue that is fair', () => {
  let begun: string[];
  let ends: (() => void)[];
  let queue: FairQueue;

  const queueOf = (limits: FairQueueLimits): void => {
    begun = [];
    ends = [];
    queue = new FairQueue(limits);
  };
  const ask = (name: string): Promise<void> =>
    queue.run(name.charAt(0), () => {
      begun.push(name);
      return new Promise((end) => ends.push(end));
    });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await turn();
  };
  const codeOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'done',
      (error: DomainError) => error.code,
    );

  it('takes turns between keys, however much one of them asks for', async () => {
    queueOf({ atOnce: 1, atOncePerKey: 1 });
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2']) void ask(name);
    await turn();
    for (let count = 0; count < 7; count++) await endOne();
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('leaves room for others: one key never has all of it', async () => {
    queueOf({ atOnce: 3, atOncePerKey: 2 });
    for (const name of ['a1', 'a2', 'a3']) void ask(name);
    await turn();
    expect(begun).toEqual(['a1', 'a2']);
    void ask('b1');
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    await endOne();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('refuses whoever comes to a full queue of their own, and nobody else', async () => {
    queueOf({ atOnce: 1, atOncePerKey: 1, waitingPerKeyMax: 1 });
    void ask('a1');
    void ask('a2');
    expect(await codeOf(ask('a3'))).toBe('request.rate_limited');
    expect(() => queue.demandRoom('a')).toThrow(expect.objectContaining({ code: 'request.rate_limited' }));
    expect(() => queue.demandRoom('b')).not.toThrow();
    const other = codeOf(ask('b1'));
    await turn();
    for (let count = 0; count < 3; count++) await endOne();
    expect(await other).toBe('done');
    expect(begun).toEqual(['a1', 'b1', 'a2']);
  });

  it('lets nobody wait for longer than they may, and begins nothing for them later', async () => {
    queueOf({ atOnce: 1, atOncePerKey: 1, waitMsMax: 20 });
    void ask('a1');
    expect(await codeOf(ask('a2'))).toBe('service.unavailable');
    await endOne();
    expect(begun).toEqual(['a1']);
    expect(queue.waiting).toBe(0);
  });

  it('gives the place back when the work fails', async () => {
    queueOf({ atOnce: 1, atOncePerKey: 1 });
    await expect(queue.run('a', () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
    void ask('a1');
    await turn();
    expect(begun).toEqual(['a1']);
  });
});
