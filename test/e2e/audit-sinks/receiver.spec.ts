import { createHmac, randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { freePort } from '../../support/free-port.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'examples', 'audit-receiver', 'main.ts');
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;

interface Receiver {
  url: string;
  kill(): Promise<void>;
}

async function aReceiver(file: string, format: string, port: number): Promise<Receiver> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env.PATH, FILE: file, FORMAT: format, SECRET, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  await waitFor('the receiver to listen', () => {
    if (child.exitCode !== null) throw new Error(output);
    return output.includes('listening on');
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    kill: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

describe('examples/audit-receiver', () => {
  let directory: string;
  let ports: { native: number; cef: number; late: number };
  let receivers: { native: Receiver; cef: Receiver; late: Receiver };
  let database: TestDatabase;
  let app: RescindProcess;
  const path = (name: string): string => join(directory, name);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rescind-receiver-'));
    ports = { native: await freePort(), cef: await freePort(), late: await freePort() };
    receivers = {
      native: await aReceiver(path('native'), 'native', ports.native),
      cef: await aReceiver(path('cef'), 'cef', ports.cef),
      late: await aReceiver(path('late'), 'native', ports.late),
    };
    database = await freshDatabase();
    const sinks = Object.entries(receivers).map(([name, { url }]) => ({
      ...{ name, type: 'https', url, secret: SECRET },
      ...(name === 'late' ? { from: 'now' } : {}),
    }));
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_AUDIT_SINKS: JSON.stringify(sinks) },
    });
  });
  afterAll(async () => {
    await app?.stop();
    await Promise.all(Object.values(receivers ?? {}).map((each) => each.kill()));
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const act = async (): Promise<void> => {
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business, { name: 'a=b|c\\d "e"' });
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'two\nlines = 1' });
  };
  const linesOf = async (name: string): Promise<string[]> => {
    const lines = (await readFile(path(name), 'utf8').catch(() => '')).split('\n');
    expect(lines.pop()).toBe('');
    return lines;
  };
  const idOf = (line: string): string | undefined =>
    /^CEF:/.test(line) ? / externalId=(\S+)/.exec(line)?.[1] : (JSON.parse(line) as { id: string }).id;
  const events = (): Promise<{ id: string; leaf: string }[]> =>
    sql(database.url, `SELECT id, encode(leaf_hash, 'base64') AS leaf FROM audit_events`);
  const hasAll = async (...names: string[]): Promise<boolean> => {
    const there = new Set((await Promise.all(names.map(linesOf))).flat().map(idOf));
    return (await events()).every(({ id }) => there.has(id));
  };

  it('writes a line for each event, as it is and as CEF, for its owner alone', async () => {
    await act();
    await waitFor('all events', () => hasAll('native'));
    await waitFor('all events as CEF', () => hasAll('cef'));
    expect((await stat(path('native'))).mode & 0o777).toBe(0o600);
    const leaves = new Map((await events()).map(({ id, leaf }) => [id, leaf]));
    const cef = await linesOf('cef');
    for (const line of cef)
      expect(line).toContain(` cs2=${leaves.get(idOf(line) as string)?.replaceAll('=', String.raw`\=`)} `);
    const revoked = cef.find((line) => line.includes('|token.revoked|')) as string;
    expect(revoked).toMatch(/^CEF:0\|Rescind\|rescind\|\|token\.revoked\|token revoked\|5\|rt=\d{13} /);
    for (const part of [
      String.raw` reason=two\nlines \= 1 `,
      ' src=127.0.0.1 ',
      ' cn1Label=sequence cn1=',
      String.raw`"name":"a\=b|c\\\\d \\"e\\""`,
    ])
      expect(revoked).toContain(part);
  });

  it('killed and started again, cuts what it had half written, and has every event', async () => {
    await receivers.native.kill();
    await appendFile(path('native'), '{"action":"token.iss');
    await act();
    receivers.native = await aReceiver(path('native'), 'native', ports.native);
    await waitFor('all events', async () =>
      (await readFile(path('native'), 'utf8')).endsWith('\n') ? hasAll('native') : false,
    );
  });

  it('goes on in a new file when somebody renames the one', async () => {
    await rename(path('native'), path('aside'));
    await act();
    await waitFor('all events in both', () => hasAll('native', 'aside'));
  });

  it('writes nothing that this secret has not signed just now', async () => {
    await waitFor('all events as CEF', () => hasAll('cef'));
    const before = await readFile(path('cef'), 'utf8');
    const seconds = Math.floor(Date.now() / 1000);
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const send = async (at: number, signed: string, sent = signed): Promise<number> => {
      const mac = createHmac('sha256', key).update(`msg_1.${at}.${signed}`).digest('base64');
      const headers = {
        ...{ 'webhook-id': 'msg_1', 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` },
      };
      return (await fetch(receivers.cef.url, { method: 'POST', headers, body: sent })).status;
    };
    expect(await send(seconds, '{}\n', '{"a":1}\n')).toBe(401);
    expect(await send(seconds - 3600, '{}\n')).toBe(401);
    expect((await fetch(receivers.cef.url, { method: 'POST', body: '{}\n' })).status).toBe(401);
    expect(await readFile(path('cef'), 'utf8')).toBe(before);
  });

  it('has nothing from before a sink that begins now was known', async () => {
    const [first] = await sql<{ id: string }>(
      database.url,
      `SELECT id FROM audit_events WHERE business_id = '00000000-0000-0000-0000-000000000000' ORDER BY sequence LIMIT 1`,
    );
    await act();
    const lines = await waitFor('an event', async () => {
      const there = await linesOf('late');
      return there.length > 0 && there;
    });
    expect(lines.map(idOf)).not.toContain(first?.id);
  });
});
