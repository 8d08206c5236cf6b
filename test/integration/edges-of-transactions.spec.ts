import { ResilientClient } from '../../src/database/resilient-client.js';
import { sharedApp } from '../support/shared-app.js';

const INSERT = { name: 'edge_insert', text: 'INSERT INTO edge VALUES ($1) RETURNING n' };
const COUNT = { name: 'edge_count', text: 'SELECT count(*)::int AS n FROM edge' };

/** Each test on a session that has prepared what it needs, by one transaction with one of each. */
describe('START and COMMIT go with the first and the last statement of a transaction', () => {
  let session: ResilientClient;
  /** Messages that waited for an answer. */
  let messages = 0;

  beforeEach(async () => {
    session = new ResilientClient({ connectionString: (await sharedApp()).databaseUrl });
    await session.connect();
    await session.query(
      'CREATE TEMPORARY TABLE edge (n int UNIQUE DEFERRABLE INITIALLY DEFERRED CHECK (n > 0))',
    );
    await transaction(1);
    const { connection } = session as unknown as { connection: { sync(): void; query(text: string): void } };
    messages = 0;
    for (const name of ['sync', 'query'] as const) {
      const send = connection[name].bind(connection) as (text?: string) => void;
      connection[name] = (text?: string) => {
        messages++;
        send(text);
      };
    }
  });
  afterEach(() => session.end());

  const commits = (n: number): Promise<unknown> =>
    session.query({ ...INSERT, values: [n], commits: true } as never);
  const count = async (): Promise<number> => (await session.query<{ n: number }>(COUNT)).rows[0]?.n as number;

  async function transaction(n: number): Promise<void> {
    await session.query('START TRANSACTION');
    await session.query({ ...COUNT });
    await commits(n);
    await session.query('COMMIT');
  }

  it('in as many messages as there are statements, with the results of those', async () => {
    await session.query('START TRANSACTION');
    expect((await session.query(COUNT)).rows).toEqual([{ n: 1 }]);
    expect(session.getTransactionStatus()).toBe('T');
    await expect(commits(2)).resolves.toMatchObject({ command: 'INSERT', rows: [{ n: 2 }] });
    expect(session.getTransactionStatus()).toBe('I');
    await expect(session.query('COMMIT')).resolves.toMatchObject({ command: 'COMMIT' });
    expect(messages).toBe(2);
    expect(await count()).toBe(2);
  });

  it('in one, where there is one statement', async () => {
    await session.query('START TRANSACTION');
    await commits(2);
    await session.query('COMMIT');
    expect(messages).toBe(1);
    expect(await count()).toBe(2);
  });

  it('in none, where there is no statement', async () => {
    for (const end of ['COMMIT', 'ROLLBACK']) {
      await session.query('START TRANSACTION');
      await session.query(end);
    }
    expect([messages, session.getTransactionStatus()]).toEqual([0, 'I']);
  });

  it('nothing is committed when the last statement fails', async () => {
    await session.query('START TRANSACTION');
    await session.query({ ...INSERT, values: [2] });
    await expect(commits(-1)).rejects.toMatchObject({ code: '23514' });
    await expect(count()).rejects.toMatchObject({ code: '25P02' });
    await session.query('ROLLBACK');
    expect(await count()).toBe(1);
  });

  it('nor when the COMMIT does, which is told of the statement', async () => {
    await session.query('START TRANSACTION');
    await session.query({ ...INSERT, values: [2] });
    await expect(commits(2)).rejects.toMatchObject({ code: '23505' });
    // It is over: nothing has to be rolled back.
    expect(await count()).toBe(1);
    await session.query('ROLLBACK');
    expect(await count()).toBe(1);
  });

  it('a transaction whose first statement fails is one that has failed', async () => {
    await session.query('START TRANSACTION');
    await expect(session.query({ ...INSERT, values: [-1] })).rejects.toMatchObject({ code: '23514' });
    await expect(count()).rejects.toMatchObject({ code: '25P02' });
    await expect(session.query('COMMIT')).rejects.toMatchObject({ code: '25P02' });
    expect(await count()).toBe(1);
  });

  it('a statement without a name, which may be several, comes after it', async () => {
    await session.query('START TRANSACTION');
    await session.query('INSERT INTO edge VALUES (2); INSERT INTO edge VALUES (3)');
    expect(session.getTransactionStatus()).toBe('T');
    await session.query('ROLLBACK');
    expect(await count()).toBe(1);
  });

  it('a COMMIT after other statements is sent', async () => {
    await session.query('START TRANSACTION');
    await commits(2);
    await session.query('START TRANSACTION');
    await session.query({ ...INSERT, values: [3] });
    await session.query('COMMIT');
    expect(session.getTransactionStatus()).toBe('I');
    expect(await count()).toBe(3);
  });
});
