import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, ownerUrlOf, serviceUrlOf } from '../support/databases.js';
import { aBusiness, aToken } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';
import { rescind } from './rescind-command.js';

/** Each command that works on the database itself, with what it needs to get that far. */
const DIRECT: readonly string[][] = [
  ['migrate'],
  ['check-database'],
  ['bootstrap'],
  ['recovery-code', '--business', 'acme'],
  ['audit', 'reconcile'],
  ['audit', 'faults'],
  ['audit', 'faults', '--clear', 'platform'],
  ['audit', 'adopt', '--yes'],
  ['tokens', 'list', '--direct'],
  ['tokens', 'find', '--direct'],
  ['revoke', '--platform', '--direct', '--yes', '--reason', 'incident', '--by', 'nobody'],
];

/** Commands that need no database, and the one that may make it. */
const OTHERS = ['serve', 'audit verify', 'scanner-rules', 'help'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescind-none-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each(DIRECT.map((args) => [args.join(' '), args] as const))(
  '`rescind %s` makes no database where there is none, and says so',
  async (_, args) => {
    const input = args.includes('find') ? 'dz_' : undefined;
    const { code, stdout, stderr } = await rescind(args, { RESCIND_DATA_DIR: folder }, false, input).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^rescind: DATABASE_URL is not set, and there is no database in .+: set DATABASE_URL, or .+\.\n$/,
    );
    expect(readdirSync(folder)).toEqual([]);
  },
);

it('every command that the help names is one of these, or needs no database', async () => {
  const { stdout } = await rescind(['help']).ended;
  const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(7);
  const known = [...DIRECT.map(([name]) => name), ...OTHERS.map((name) => name.split(' ')[0])];
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

it('one that works on a database first says which', async () => {
  const { databaseUrl } = await sharedApp();
  const business = await aBusiness();
  await aToken(business);
  const url = serviceUrlOf(databaseUrl);
  const { stderr } = await rescind(['audit', 'faults'], { DATABASE_URL: url }, true).ended;
  const { host, pathname } = new URL(url);
  const [, name, at, businesses, tokens] =
    /^Database (\S+) at (\S+): businesses: (\d+), tokens: (\d+)\.$/m.exec(stderr) ?? [];
  expect([name, at]).toEqual([pathname.slice(1), host]);
  expect([Number(businesses) > 0, Number(tokens) > 0]).toEqual([true, true]);
});

it.each(DIRECT.map((args) => [args.join(' '), args] as const))(
  '`rescind %s` says which database it acts on before anything else',
  async (_, args) => {
    const database = await freshDatabase();
    try {
      const env = { DATABASE_URL: serviceUrlOf(database.url), RESCIND_MIGRATE_URL: ownerUrlOf(database.url) };
      const input = args.includes('find') ? 'dz_' : undefined;
      const { stderr } = await rescind(args, env, true, input).ended;
      const { host, pathname } = new URL(env.DATABASE_URL);
      expect(stderr.split('\n')[0]).toMatch(new RegExp(`^Database ${pathname.slice(1)} at ${host}[.:]`));
    } finally {
      await database.drop();
    }
  },
);
