import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { waitFor } from '../support/wait-for.js';
import { rescind } from './rescind-command.js';

let occupant: Server;
let port: string;
let database: TestDatabase;

beforeAll(async () => {
  occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  port = String((occupant.address() as AddressInfo).port);
  database = await freshDatabase();
});

afterAll(async () => {
  occupant.close();
  await database.drop();
});

it('a port in use is one sentence that names it, and exit code 1', async () => {
  const settings = { DATABASE_URL: database.url, PORT: port };
  const { code, stderr } = await rescind(['serve'], settings, true).ended;
  expect(code).toBe(1);
  expect(lastLine(stderr)).toBe(
    `rescind: Port ${port} of 127.0.0.1 is in use by another program: stop it, or choose another with PORT.`,
  );
});

it.each([
  ['PORT', (taken: string) => ({ PORT: taken })],
  [
    'RESCIND_METRICS_LISTEN',
    (taken: string) => ({ PORT: '0', RESCIND_METRICS_LISTEN: `127.0.0.1:${taken}` }),
  ],
])('is found for %s before a database is made', async (name, settingsOf) => {
  const dataDir = join(tmpdir(), `rescind-not-made-${randomUUID()}`);
  const settings = { RESCIND_DATA_DIR: dataDir, ...settingsOf(port) };
  const { code, stderr } = await rescind(['serve'], settings).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `rescind: Port ${port} of 127.0.0.1 is in use by another program: stop it, or choose another with ${name}.\n`,
  });
  expect(existsSync(dataDir)).toBe(false);
});

it('workers that cannot start are given up, not started for ever', async () => {
  const other = await freshDatabase();
  await sql(other.superuserUrl, `INSERT INTO peppers (id, current_since) VALUES ('00000000', now())`);
  const settings = { DATABASE_URL: other.url, PORT: '0', RESCIND_WORKERS: '2' };
  const { code, stderr } = await rescind(['serve'], settings, true).ended;
  await other.drop();
  expect(code).toBe(1);
  expect(stderr).toContain('are stored under the pepper 00000000');
  expect(lastLine(stderr)).toBe('The workers do not start; see the messages above for the cause.');
});

it.each([
  ['DATABASE_URL', 'mysql://someone:hush-hush@127.0.0.1/x'],
  ['RESCIND_LEASE_MS', 'hush-hush'],
  ['RESCIND_WORKERS', '-1'],
  ['RESCIND_PEPPER', 'hush-hush'],
  ['RESCIND_SIGNING_KEY', 'hush-hush'],
  ['RESCIND_BOOTSTRAP_TOKEN', 'hush-hush'],
  ['RESCIND_CHECKPOINT_URL', 'https://user:hush-hush@sink.example/log'],
  ['RESCIND_CHECKPOINT_URL', 'https://hush-hush@sink.example/log'],
  ['RESCIND_CHECKPOINT_URL', 'https://sink.example/log?X-Amz-Signature=hush-hush'],
  ['RESCIND_CHECKPOINT_URL', 'https://sink.example/log?a=1&api_key=hush-hush'],
  ['RESCIND_CHECKPOINT_HEADER', 'hush-hush'],
  ['RESCIND_CHECKPOINT_HEADER', 'Authorization: hush-hush\r\nHost: x'],
  ['RESCIND_CHECKPOINT_HEADER', 'Content-Length: hush-hush'],
  ['RESCIND_CHECKPOINT_HEADER', '@/nowhere/hush-hush'],
  ['RESCIND_METRICS_LISTEN', 'hush-hush'],
  ['RESCIND_METRICS_LISTEN', '127.0.0.1:hush-hush'],
  ['RESCIND_METRICS_TOKEN', 'hush-hush'],
  ['RESCIND_METRICS_TOKEN', '@/nowhere/hush-hush'],
])('a bad %s is one sentence that names the variable and not its value', async (variable, value) => {
  const empty = await freshDatabase();
  const settings = { DATABASE_URL: empty.url, PORT: '0', [variable]: value };
  const { code, stderr } = await rescind(['serve'], settings, true).ended;
  await empty.drop();
  expect(code).toBe(1);
  expect(lastLine(stderr)).toMatch(new RegExp(`^rescind: ${variable} .*`));
  expect(stderr).not.toContain('hush-hush');
  expect(stderr).not.toMatch(/\n\s+at /);
});

it('a user that does not own the schema gets one sentence with the way out', async () => {
  const empty = await freshDatabase();
  await sql(
    empty.superuserUrl,
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner',
  );
  const settings = { RESCIND_MIGRATE_URL: serviceUrlOf(empty.url) };
  const { code, stderr } = await rescind(['migrate'], settings).ended;
  await empty.drop();
  expect(code).toBe(1);
  expect(lastLine(stderr)).toMatch(
    /^rescind: The user of RESCIND_MIGRATE_URL may not change the schema of the database \(.*\): give RESCIND_MIGRATE_URL the address of the user that owns it\.$/,
  );
  expect(stderr).not.toMatch(/\n\s+at /);
});

it("a database of one's own asks for secrets of one's own, and says how to make them", async () => {
  const { code, stderr } = await rescind(['serve'], { DATABASE_URL: database.url }).ended;
  expect(code).toBe(1);
  expect(lastLine(stderr)).toMatch(/^rescind: RESCIND_PEPPER must be set .*openssl rand -base64 32$/);
});

it('Ctrl-C ends the wait for a database that does not answer', async () => {
  const settings = { DATABASE_URL: 'postgres://nobody:hush-hush@127.0.0.1:1/nowhere' };
  const command = rescind(['serve'], settings, true);
  await waitFor('the program to wait', () => command.stderr().includes('Waiting for the database'));
  process.kill(command.pid, 'SIGINT');
  expect(await command.ended).toMatchObject({ code: 130, stdout: '', stderr: 'Waiting for the database…\n' });
});

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
