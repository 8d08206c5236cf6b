import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

describe('the metrics of several workers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_WORKERS: '2' } });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const scrape = async (): Promise<string[]> =>
    (await exchange(app.url, { method: 'GET', path: '/metrics' })).text.split('\n');
  const workersIn = (lines: string[]): string[] =>
    lines.flatMap((line) => /^rescind_build_info\{worker="(\d+)"/.exec(line)?.[1] ?? []);
  const workerPids = async (): Promise<number[]> =>
    (await sql<{ description: string }>(database.url, 'SELECT description FROM verifiers')).map(
      ({ description }) => Number(description.split(':').at(-1)),
    );

  it('are told by one scrape, whichever of them answers it', async () => {
    await waitFor('both to be up', async () => workersIn(await scrape()).length === 2);
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business);
    for (let count = 0; count < 30; count++)
      await business.api.post('/api/v1/tokens/verify', { token: token.secret });
    // A worker that is busy is left out of a scrape.
    const lines = await waitFor('a scrape of both', async () => {
      const told = await scrape();
      return workersIn(told).length === 2 && told;
    });
    const verdicts = lines.flatMap(
      (line) => /^rescind_verdicts_total\{worker="\d+",outcome="active"\} (\d+)$/.exec(line)?.[1] ?? [],
    );
    expect(verdicts.reduce((sum, each) => sum + Number(each), 0)).toBe(30);
    expect(lines.filter((line) => line === '# TYPE rescind_verdicts_total counter')).toHaveLength(1);
  });

  it('are told without one that is frozen', async () => {
    await waitFor('both to be told of', async () => workersIn(await scrape()).length === 2);
    const pids = await workerPids();
    const [frozen] = pids as [number];
    process.kill(frozen, 'SIGSTOP');
    try {
      // Its connections wait with it: only what reaches the other is answered.
      const seen = await waitFor('an answer of the other', async () => {
        const abandoned = AbortSignal.timeout(3000);
        const answer = await fetch(`${app.url}/metrics`, {
          signal: abandoned,
          headers: { connection: 'close' },
        }).catch(() => null);
        return answer !== null && workersIn((await answer.text()).split('\n'));
      });
      expect(seen).toHaveLength(1);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
  });
});
