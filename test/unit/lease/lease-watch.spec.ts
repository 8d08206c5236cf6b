import type { RegistryRow } from '../../../src/lease/ports.js';
import { LeaseWatch } from '../../../src/lease/lease.js';

const row = (round: string, id = 'a'): RegistryRow => ({
  id,
  round,
  lease_ms: 1000,
  missing: ['7'],
  of_another_run: false,
});

describe('the silence of a verifier', () => {
  it('outlasts its lease only after the term and a margin for clocks of other rates', () => {
    const leaseWatch = new LeaseWatch();
    leaseWatch.observe([row('5')], 0);
    expect(leaseWatch.leaseHasExpired(row('5'), 1000)).toBe(false);
    expect(leaseWatch.leaseHasExpired(row('5'), 1210)).toBe(false);
    leaseWatch.observe([row('5')], 1210);
    expect(leaseWatch.leaseHasExpired(row('5'), 1211)).toBe(true);
  });

  it('counts anew with each round, however long the last look is ago', () => {
    const leaseWatch = new LeaseWatch();
    leaseWatch.observe([row('5')], 0);
    // A verifier that lives has moved on since; taking its registration would leave a lease nobody waits for.
    expect(leaseWatch.leaseHasExpired(row('245'), 60_000)).toBe(false);
    leaseWatch.observe([row('245')], 60_000);
    expect(leaseWatch.leaseHasExpired(row('245'), 60_000)).toBe(false);
    expect(leaseWatch.leaseHasExpired(row('245'), 61_211)).toBe(true);
  });

  it('is unknown of a verifier that was never seen, and forgotten with one that left', () => {
    const leaseWatch = new LeaseWatch();
    expect(leaseWatch.leaseHasExpired(row('5'), 1e9)).toBe(false);
    leaseWatch.observe([row('5')], 0);
    leaseWatch.observe([], 1);
    leaseWatch.observe([row('5')], 5000);
    expect(leaseWatch.leaseHasExpired(row('5'), 5001)).toBe(false);
  });
});
