import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FORMER_SETTINGS, SETTINGS } from '../../src/config/known-settings.js';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import { rescind } from './rescind-command.js';

let database: TestDatabase;
beforeAll(async () => void (database = await freshDatabase()));
afterAll(() => database.drop());

it.each([
  ['serve', 'RESCIND_LEASE_SM', 'RESCIND_LEASE_MS'],
  ['serve', 'RESCIND_PEPPERS_RETIRED', 'RESCIND_PEPPER_RETIRED'],
  ['migrate', 'RESCIND_MIGRATE_PASWORD', 'RESCIND_MIGRATE_PASSWORD'],
  ['bootstrap', 'RESCIND_SCOPES_CATALOG', 'RESCIND_SCOPE_CATALOGUE'],
  ['recovery-code --business x', 'RESCIND_LOGNAME', 'RESCIND_LOG_NAME'],
  ['audit reconcile', 'RESCIND_LOGNAME', 'RESCIND_LOG_NAME'],
  ['audit faults', 'RESCIND_LOGNAME', 'RESCIND_LOG_NAME'],
  ['tokens list', 'RESCIND_API_ULR', 'RESCIND_API_URL'],
  ['tokens find', 'RESCIND_API_TOKN', 'RESCIND_API_TOKEN'],
  ['revoke --token x', 'RESCIND_URL', 'RESCIND_API_URL'],
  // Some have no such beginning.
  ['serve', 'RESCIND_PORT', 'PORT'],
  ['serve', 'RESCIND_HOST', 'HOST'],
  ['serve', 'RESCIND_DATABASE_URL', 'DATABASE_URL'],
  ['serve', 'RESCIND_METRICS_PORT', 'RESCIND_METRICS_TOKEN'],
])('%s refuses %s and names %s, not the value', async (command, name, meant) => {
  const settings = { DATABASE_URL: database.url, PORT: '0', [name]: 'hush-hush' };
  const { code, stderr } = await rescind(command.split(' '), settings, true).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `rescind: ${name} is no setting of Rescind; did you mean ${meant}? README.md lists all.\n`,
  });
});

it('what Kubernetes injects for services of such a name, and empty variables, stop no one', async () => {
  const settings = {
    DATABASE_URL: database.url,
    RESCIND_SERVICE_HOST: '10.0.0.1',
    RESCIND_SERVICE_PORT: '3000',
    RESCIND_SERVICE_PORT_HTTP: '3000',
    RESCIND_PORT: 'tcp://10.0.0.1:3000',
    RESCIND_METRICS_PORT: 'udp://10.0.0.1:9464',
    RESCIND_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
    RESCIND_METRICS_PORT_9464_TCP_ADDR: '10.0.0.1',
    RESCIND_METRICS_PORT_9464_TCP_PROTO: 'tcp',
    RESCIND_METRICS_PORT_9464_TCP_PORT: '9464',
    RESCIND_NO_SUCH: ' ',
  };
  expect((await rescind(['migrate'], settings).ended).code).toBe(0);
});

it('what an earlier version read is said once to have no effect, with what holds now, and stops no one', async () => {
  expect(SETTINGS.filter((name) => name in FORMER_SETTINGS)).toEqual([]);
  const former = Object.keys(FORMER_SETTINGS);
  const values = Object.fromEntries(former.map((name) => [name, 'hush-hush']));
  const { code, stderr } = await rescind(['migrate'], { DATABASE_URL: database.url, ...values }).ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('hush-hush');
  for (const [name, holds] of Object.entries(FORMER_SETTINGS)) {
    const sentence = `${name} has no effect any more, and will be refused from 0.5 on: ${holds}.\n`;
    expect(stderr.split(sentence)).toHaveLength(2);
  }
});
