import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { withSettings } from '../../../src/database/session-settings.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';

/** What an address may ask for: what Rescind relies on, put otherwise, and what is nobody's concern but the operator's. */
const ASKED_FOR = [
  '-c default_transaction_isolation=serializable',
  '-c client_min_messages=error',
  '-c synchronous_commit=off',
  '-c lock_timeout=0',
  '-c work_mem=7MB',
  '-c application_name=an\\ operator',
].join(' ');
const RELIED_ON = {
  default_transaction_isolation: 'read committed',
  client_min_messages: 'warning',
  synchronous_commit: 'on',
  lock_timeout: '4321ms',
};

describe('R3: the options of DATABASE_URL', () => {
  let database: TestDatabase;
  let url: string;
  beforeAll(async () => {
    database = await freshDatabase();
    const address = new URL(database.url);
    address.searchParams.set('options', ASKED_FOR);
    url = address.href;
  });
  afterAll(() => database.drop());

  const settingsOf = async (query: (statement: string) => Promise<Record<string, string>[]>) => {
    const settings: Record<string, string | undefined> = {};
    for (const name of [...Object.keys(RELIED_ON), 'work_mem']) settings[name] = (await query(`SHOW ${name}`))[0]?.[name]; // prettier-ignore
    return settings;
  };

  it('replace nothing that the sessions of requests rely on, and are heard in all else', async () => {
    const dataSource = await new DataSource(
      dataSourceOptions({ url, poolMax: 1, synchronousCommit: 'on', lockTimeoutMs: 4321 }),
    ).initialize();
    try {
      expect(await settingsOf((statement) => dataSource.query(statement))).toEqual({
        ...RELIED_ON,
        work_mem: '7MB',
      });
    } finally {
      await dataSource.destroy();
    }
  });

  it('nor those of the verifier and the registry', async () => {
    const { Client, ...settings } = withSettings(
      url,
      { synchronous_commit: 'on', lock_timeout: 4321 },
      false,
    );
    const session = new Client(settings);
    await session.connect();
    try {
      const query = async (statement: string) =>
        (await session.query<Record<string, string>>(statement)).rows;
      expect(await settingsOf(query)).toEqual({ ...RELIED_ON, work_mem: '7MB' });
    } finally {
      await session.end();
    }
  });
});
