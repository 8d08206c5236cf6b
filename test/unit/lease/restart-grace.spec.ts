import type { DatabaseIdentity } from '../../../src/lease/database-identity.js';
import type { RegistryReading } from '../../../src/lease/ports.js';
import { RestartGrace } from '../../../src/lease/lease.js';

const reading = (start = 'first', leaseMsMax = 0): RegistryReading => ({
  server_start: start,
  server_run: start,
  client_verifiers: 0,
  ids: ['one'],
  lease_ms_max: leaseMsMax,
  own_round: '0',
  lacking: [],
  gone: [],
});

const database = (id: string, serverStart = 'first'): DatabaseIdentity => ({
  id,
  serverStart,
  system: 'one',
  timeline: '00000001',
});

describe('a database server whose start this process has just seen', () => {
  it('may lack verifiers that hold a lease from before, until the longest lease is over', () => {
    const grace = new RestartGrace();
    expect(grace.registryMayBeIncomplete(reading(), 1000, 0)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 1209)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 1211)).toBe(false);
    expect(grace.registryMayBeIncomplete(reading('first', 3000), 1000, 1211)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading('first', 3000), 1000, 3611)).toBe(false);
  });

  it('may lack one with a longer lease than any that it shows, of which this process knows', () => {
    const grace = new RestartGrace();
    grace.learn(3000);
    grace.learn(2000);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 0)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 3609)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 3611)).toBe(false);
  });

  it('may lack one that was there at the last reading', () => {
    const grace = new RestartGrace();
    grace.registryMayBeIncomplete(reading('first', 3000), 1000, 0);
    expect(grace.registryMayBeIncomplete(reading('second'), 1000, 9000)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading('second'), 1000, 12_609)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading('second'), 1000, 12_611)).toBe(false);
  });

  it('may have another database in the place of the one that they were registered in', () => {
    const grace = new RestartGrace();
    grace.reach(database('old'), 0);
    grace.reach(database('old'), 900);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 1211)).toBe(false);
    grace.reach(database('restored'), 5000);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 6209)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 6211)).toBe(false);
  });

  it('is known from when any session has reached it', () => {
    const grace = new RestartGrace();
    grace.reach(database('one'), 0);
    grace.reach(database('one'), 900);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 1211)).toBe(false);
  });

  it('may lack some when it was found set back, on the same start', () => {
    const grace = new RestartGrace();
    grace.reach(database('one'), 0);
    grace.begin(5000);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 6209)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 6211)).toBe(false);
  });

  it('is a new one after each start', () => {
    const grace = new RestartGrace();
    grace.reach(database('one'), 0);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 5000)).toBe(false);
    expect(grace.registryMayBeIncomplete(reading('second'), 1000, 5000)).toBe(true);
    expect(grace.registryMayBeIncomplete(reading(), 1000, 6000)).toBe(true);
  });
});
