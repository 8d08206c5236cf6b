import { ClientVerifiers } from '../../../src/lease/client-verifiers/client-verifiers.js';
import type { ClientLink } from '../../../src/lease/client-verifiers/client-verifier.js';
import { Lease } from '../../../src/lease/lease.js';
import { processClock, thisMoment } from '../../../src/verifiers/monotonic.js';
import { parseSnapshot } from '../../../src/lease/snapshot.js';

const TOLD_MAX = 250_000;

describe('what a view was told is bounded', () => {
  it('when it is full all start over, and until all have, what was told before is evicted all the same', () => {
    const clients = new ClientVerifiers(processClock, { leaseMs: 60_000 });
    const lease = new Lease(processClock);
    lease.extend(thisMoment(), 60_000);
    const said: string[] = [];
    const link = (name: string): ClientLink => ({
      evict: (_, entries) => said.push(`${name} evict ${entries.map(({ subject }) => subject).join()}`),
      reset: (_, epoch) => said.push(`${name} reset ${epoch}`),
      proveAgain: () => undefined,
      end: () => undefined,
      destroy: () => undefined,
    });
    const credential = { jti: 'credential', ownerId: null, businessId: null };
    const [one, other] = [link('one'), link('other')].map((each) => clients.join(each, null, credential));
    const fact = (index: number) => ({ jti: `t${index}`, ownerId: 'o', businessId: 'b' });
    if (one === undefined || other === undefined) throw new Error('two were made');
    for (const child of [one, other]) expect(clients.grant(child, lease)).toBeGreaterThan(0);
    for (let index = 0; index < TOLD_MAX; index++) expect(clients.tell(one, fact(index))).toBe(true);
    expect(said).toEqual([]);
    expect(clients.tell(one, fact(TOLD_MAX))).toBe(false);
    expect(said).toEqual(['one reset e2', 'other reset e2']);

    clients.acknowledge(one, 1);
    expect(clients.tell(one, fact(1))).toBe(false);
    clients.forget([{ kind: 'token', subject: 't7', transaction: 5n }]);
    expect(said.slice(2)).toEqual(['one evict t7', 'other evict t7']);
    // The other may trust what it was told before.
    expect(clients.confirmed(parseSnapshot('9:9:'))).toEqual(parseSnapshot('5:9:5'));
    clients.acknowledge(other, 2);
    expect(clients.confirmed(parseSnapshot('9:9:'))).toEqual(parseSnapshot('9:9:'));

    clients.forget([{ kind: 'token', subject: 't8', transaction: 6n }]);
    expect(said).toHaveLength(4);
    expect(clients.tell(other, fact(1))).toBe(true);
    for (const child of [one, other]) clients.leave(child);
  });
});
