import { rm } from 'node:fs/promises';
import { makeCertificate, type Certificate } from '../../support/certificate.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { SyslogReceiver } from './receivers.js';

const MESSAGE =
  /^<(10[5-9]|11[01])>1 (\S+Z) \S+ rescind - ([a-z_.]+) \[rescind@32473 log="([0-9a-f-]{36}|platform)" sequence="(\d+)"\] (.*)$/s;

describe('a syslog sink', () => {
  let certificate: Certificate;
  let database: TestDatabase;
  let app: RescindProcess;
  let [plain, encrypted]: SyslogReceiver[] = [];

  beforeAll(async () => {
    certificate = makeCertificate();
    database = await freshDatabase();
    [plain, encrypted] = [await SyslogReceiver.open(), await SyslogReceiver.open(certificate)];
    const sinks = [
      { name: 'plain', type: 'syslog', address: `tcp://127.0.0.1:${plain.port}`, format: 'ocsf' },
      {
        name: 'encrypted',
        type: 'syslog',
        address: `tls://localhost:${encrypted.port}`,
        ca: certificate.certPath,
      },
      // Of an authority that is not trusted.
      { name: 'distrusted', type: 'syslog', address: `tls://localhost:${encrypted.port}` },
    ];
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_AUDIT_SINKS: JSON.stringify(sinks) },
    });
  });
  afterAll(async () => {
    await app.stop();
    for (const receiver of [plain, encrypted]) receiver?.close();
    await database.drop();
    await rm(certificate.directory, { recursive: true, force: true });
  });

  const arrivedAt = ({ messages }: SyslogReceiver): Set<string> =>
    new Set(
      messages.map((message) => {
        const [, , , , log, sequence] = MESSAGE.exec(message) ?? [];
        return `${log} ${sequence}`;
      }),
    );
  const hasAll = async (receiver: SyslogReceiver): Promise<boolean> => {
    const arrived = arrivedAt(receiver);
    const rows = await sql<{ place: string }>(
      database.url,
      `SELECT replace(business_id::text, '00000000-0000-0000-0000-000000000000', 'platform') || ' ' || sequence AS place FROM audit_events`,
    );
    return rows.every(({ place }) => arrived.has(place));
  };
  const act = async (): Promise<void> => {
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business, { name: 'a=b|c\\d "e"' });
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'two\nlines = 1' });
  };

  it('is sent every event as a message of RFC 5424, its length before it, over TCP and TLS', async () => {
    await act();
    const [one, two] = [plain, encrypted] as [SyslogReceiver, SyslogReceiver];
    await waitFor('all over TCP', () => hasAll(one));
    await waitFor('all over TLS', () => hasAll(two));
    for (const message of [...one.messages, ...two.messages]) expect(message).toMatch(MESSAGE);
    const revoked = one.messages.find((message) => message.includes(' token.revoked ')) as string;
    const [, , , , , , line] = MESSAGE.exec(revoked) ?? [];
    expect(JSON.parse(line as string)).toMatchObject({ type_uid: 300409, status_detail: 'two\nlines = 1' });
    expect(line).not.toContain('\n');
    const native = two.messages.map(
      (message) => JSON.parse((MESSAGE.exec(message) ?? [])[6] as string) as { sequence: number },
    );
    expect(native.every(({ sequence }) => sequence > 0)).toBe(true);
    await waitFor('the third to be told of', () =>
      app.logs().includes('The audit sink distrusted does not take events'),
    );
  });

  it('that closes after each line gets every one of them all the same', async () => {
    const receiver = plain as SyslogReceiver;
    const before = receiver.connections;
    receiver.takeAConnection(1);
    await act();
    await waitFor('all, one a connection', () => hasAll(receiver), 150_000);
    expect(receiver.connections).toBeGreaterThan(before);
    receiver.takeAConnection(Infinity);
    await act();
    await waitFor('all', () => hasAll(receiver));
  });

  it('that accepts connections and closes them unread has got nothing, until it reads', async () => {
    const receiver = plain as SyslogReceiver;
    receiver.takeAConnection(0);
    const before = receiver.connections;
    await act();
    await waitFor('a few attempts', () => receiver.connections > before + 4, 120_000);
    expect(await hasAll(receiver)).toBe(false);
    receiver.takeAConnection(Infinity);
    await waitFor('all', () => hasAll(receiver), 150_000);
  });
});
