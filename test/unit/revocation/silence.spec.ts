import type { RegistryRow } from '../../../src/revocation/registry.sql.js';
import { Silence } from '../../../src/revocation/silence.js';

const row = (round: string, id = 'a'): RegistryRow => ({ id, round, lease_ms: 1000, missing: ['7'] });

describe('the silence of a verifier', () => {
  it('outlasts its lease only after the term and a margin for clocks of other rates', () => {
    const silence = new Silence();
    silence.observe([row('5')], 0);
    expect(silence.hasOutlasted(row('5'), 1000)).toBe(false);
    expect(silence.hasOutlasted(row('5'), 1030)).toBe(false);
    silence.observe([row('5')], 1030);
    expect(silence.hasOutlasted(row('5'), 1031)).toBe(true);
  });

  it('counts anew with each round, however long the last look is ago', () => {
    const silence = new Silence();
    silence.observe([row('5')], 0);
    // A verifier that lives has moved on since; taking its registration would leave a lease nobody waits for.
    expect(silence.hasOutlasted(row('245'), 60_000)).toBe(false);
    silence.observe([row('245')], 60_000);
    expect(silence.hasOutlasted(row('245'), 60_000)).toBe(false);
    expect(silence.hasOutlasted(row('245'), 61_031)).toBe(true);
  });

  it('is unknown of a verifier that was never seen, and forgotten with one that left', () => {
    const silence = new Silence();
    expect(silence.hasOutlasted(row('5'), 1e9)).toBe(false);
    silence.observe([row('5')], 0);
    silence.observe([], 1);
    silence.observe([row('5')], 5000);
    expect(silence.hasOutlasted(row('5'), 5001)).toBe(false);
  });
});
