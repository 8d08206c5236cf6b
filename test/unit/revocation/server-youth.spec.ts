import type { RegistryReading } from '../../../src/revocation/registry.sql.js';
import { ServerYouth } from '../../../src/revocation/server-youth.js';

const reading = (ageMs: number, start = 'first', leases: number[] = []): RegistryReading => ({
  server_start: start,
  server_age_ms: ageMs,
  others: leases.map((lease_ms, index) => ({ id: String(index), round: '0', lease_ms, missing: [] })),
});

describe('a database server that has just been started', () => {
  it('may lack verifiers that hold a lease from before, until the longest lease is over', () => {
    const youth = new ServerYouth();
    expect(youth.mayHideVerifiers(reading(500), 1000, 0)).toBe(true);
    expect(youth.mayHideVerifiers(reading(1040), 1000, 540)).toBe(false);
    expect(youth.mayHideVerifiers(reading(1040, 'first', [3000]), 1000, 540)).toBe(true);
  });

  it('does not keep revocations waiting when its clock is set back', () => {
    const youth = new ServerYouth();
    expect(youth.mayHideVerifiers(reading(-3_600_000), 1000, 10_000)).toBe(true);
    expect(youth.mayHideVerifiers(reading(-3_599_000), 1000, 11_040)).toBe(false);
  });

  it('is a new one after each start', () => {
    const youth = new ServerYouth();
    expect(youth.mayHideVerifiers(reading(1e6), 1000, 0)).toBe(false);
    expect(youth.mayHideVerifiers(reading(10, 'second'), 1000, 5000)).toBe(true);
  });
});
