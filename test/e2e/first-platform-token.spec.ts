import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rescind } from '../cli/rescind-command.js';
import { Api } from '../support/api.js';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import { startRescind } from '../support/rescind-process.js';
import { noteSecret, testRun } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the first platform token', () => {
  let database: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await freshDatabase();
    folder = mkdtempSync(join(tmpdir(), 'rescind-first-'));
    chmodSync(folder, 0o711);
  });
  afterEach(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (dataDir: string) =>
    startRescind({
      databaseUrl: database.url,
      env: { RESCIND_DATA_DIR: dataDir, RESCIND_BOOTSTRAP_TOKEN: '' },
    });

  it('is in no log: where no terminal is, it is in a file that its owner alone can read, once', async () => {
    const dataDir = join(folder, 'data');
    const first = await start(dataDir);
    const path = join(dataDir, 'platform-token');
    const secret = readFileSync(path, 'utf8').trim();
    noteSecret(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(first.logs()).toContain(`The platform token is in ${path}`);
    expect(first.logs()).not.toContain(secret);
    expect((await new Api(first.url, secret).get('/api/v1/admin/businesses')).status).toBe(200);
    await first.stop();
    rmSync(path);
    const second = await start(dataDir);
    expect(() => statSync(path)).toThrow('ENOENT');
    expect(second.logs()).not.toContain('platform token');
    await second.stop();
  });

  it('is not made where it cannot be kept, and it is said how to get one', async () => {
    writeFileSync(join(folder, 'file'), '');
    const dataDir = join(folder, 'file', 'data');
    const running = await start(dataDir);
    expect(running.logs()).toContain(
      `There is no platform token yet, and ${join(dataDir, 'platform-token')} cannot be written (ENOTDIR): run \`rescind bootstrap\``,
    );
    const settings = { DATABASE_URL: database.url };
    const { code, stdout } = await rescind(['bootstrap'], settings, true).ended;
    expect(code).toBe(0);
    noteSecret(stdout.trim());
    expect((await new Api(running.url, stdout.trim()).get('/api/v1/admin/businesses')).status).toBe(200);
    await running.stop();
  });

  it('is shown on a terminal', async () => {
    mkdirSync(join(folder, 'data'));
    const command = `${process.execPath} ${join(ROOT, 'dist', 'main.js')} serve`;
    const { RESCIND_PEPPER, RESCIND_SIGNING_KEY } = testRun().secrets;
    // script(1) runs it on a terminal of its own.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: database.url,
        PORT: '0',
        RESCIND_DATA_DIR: join(folder, 'data'),
        RESCIND_PEPPER,
        RESCIND_SIGNING_KEY,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(terminal, 'close');
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await waitFor('the service to be ready', () => shown.includes('Rescind is ready.'));
    terminal.stdin.write('\u0003');
    await ended;
    expect(shown).toMatch(/Platform token, shown this once: dzp_\S+/);
    expect(() => statSync(join(folder, 'data', 'platform-token'))).toThrow('ENOENT');
  });
});
