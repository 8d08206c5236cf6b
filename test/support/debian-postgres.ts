import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerUrlOf, serviceUrlOf, sql, type TestDatabase } from './databases.js';
import { waitFor } from './wait-for.js';
import { freePort } from './free-port.js';

const binariesOf = (version: number): string => `/usr/lib/postgresql/${version}/bin`;

/** A PostgreSQL server of Debian's packages, on the loopback interface, with the users of the test run. */
export class DebianPostgres {
  private constructor(
    private readonly directory: string,
    private readonly server: ChildProcess,
    private readonly superuserUrl: string,
  ) {}

  static isInstalled(version: number): boolean {
    return existsSync(join(binariesOf(version), 'postgres'));
  }

  static async start(version: number): Promise<DebianPostgres> {
    const directory = mkdtempSync(join(tmpdir(), 'rescind-debian-'));
    chmodSync(directory, 0o777);
    const asPostgres = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
    const command = (name: string, ...args: string[]): [string, string[]] => {
      const [first = '', ...rest] = [...asPostgres, join(binariesOf(version), name), ...args];
      return [first, rest];
    };
    const data = join(directory, 'data');
    const made = spawnSync(
      ...command('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8'),
      { cwd: '/', encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    const port = await freePort();
    const server = spawn(
      ...command(
        'postgres',
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'fsync=off',
        '-k',
        '',
      ),
      { cwd: '/', stdio: 'ignore' },
    );
    const superuserUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const started = new DebianPostgres(directory, server, superuserUrl);
    await waitFor('the server', () =>
      sql(superuserUrl, 'SELECT 1').then(
        () => true,
        () => undefined,
      ),
    );
    const [owner, service] = [ownerUrlOf(superuserUrl), serviceUrlOf(superuserUrl)].map(
      (url) => new URL(url).username,
    );
    await sql(
      superuserUrl,
      `CREATE ROLE rescind_app NOLOGIN; CREATE ROLE ${owner} LOGIN CREATEROLE; CREATE ROLE ${service} LOGIN IN ROLE rescind_app;
       GRANT rescind_app TO ${owner} WITH ADMIN OPTION`,
    );
    return started;
  }

  /** An empty one, of the owner. The first process migrates it. */
  async database(): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    const owner = new URL(ownerUrlOf(this.superuserUrl)).username;
    await sql(this.superuserUrl, `CREATE DATABASE ${name} OWNER ${owner}`);
    const superuserUrl = Object.assign(new URL(this.superuserUrl), { pathname: `/${name}` }).href;
    return {
      url: ownerUrlOf(superuserUrl),
      superuserUrl,
      drop: async () => void (await sql(this.superuserUrl, `DROP DATABASE ${name} WITH (FORCE)`)),
    };
  }

  async stop(): Promise<void> {
    const exit = once(this.server, 'exit');
    // runuser passes it on.
    this.server.kill('SIGTERM');
    await exit;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
