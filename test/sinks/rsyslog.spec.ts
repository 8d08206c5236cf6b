import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { makeCertificate, type Certificate } from '../support/certificate.js';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { aBusiness, aToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';

const PROGRAM = ['/usr/sbin/rsyslogd', '/sbin/rsyslogd'].find((path) => existsSync(path));

describe("Debian's rsyslog", () => {
  let certificate: Certificate;
  let ports: { plain: number; encrypted: number };
  let rsyslog: ChildProcess;
  let database: TestDatabase;
  let app: RescindProcess;

  beforeAll(async () => {
    if (PROGRAM === undefined)
      throw new Error(
        'rsyslogd is not installed, and these tests need it: apt-get install rsyslog rsyslog-gnutls',
      );
    certificate = makeCertificate();
    ports = { plain: await freePort(), encrypted: await freePort() };
    await writeFile(join(certificate.directory, 'rsyslog.conf'), configuration());
    rsyslog = await startRsyslog();
    database = await freshDatabase();
    const sinks = [
      { name: 'plain', type: 'syslog', address: `tcp://127.0.0.1:${ports.plain}` },
      {
        name: 'encrypted',
        type: 'syslog',
        address: `tls://localhost:${ports.encrypted}`,
        ca: certificate.certPath,
        format: 'ocsf',
      },
    ];
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_AUDIT_SINKS: JSON.stringify(sinks) },
    });
  });
  afterAll(async () => {
    await app.stop();
    await stop();
    await database.drop();
    await rm(certificate.directory, { recursive: true, force: true });
  });

  function configuration(): string {
    const { directory, certPath, keyPath } = certificate;
    return `
global(workDirectory="${directory}" maxMessageSize="64k" defaultNetstreamDriverCAFile="${certPath}"
  defaultNetstreamDriverCertFile="${certPath}" defaultNetstreamDriverKeyFile="${keyPath}")
module(load="imtcp")
template(name="line" type="string" string="%syslogfacility-text% %timestamp:::date-rfc3339% %app-name% %msgid% %structured-data% %msg%\\n")
ruleset(name="kept") { action(type="omfile" file="${directory}/received" template="line") }
input(type="imtcp" address="127.0.0.1" port="${ports.plain}" ruleset="kept")
input(type="imtcp" address="127.0.0.1" port="${ports.encrypted}" ruleset="kept"
  streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
`;
  }
  async function startRsyslog(): Promise<ChildProcess> {
    const { directory } = certificate;
    const child = spawn(PROGRAM as string, ['-n', '-f', join(directory, 'rsyslog.conf'), '-i', 'NONE'], {
      cwd: directory,
      stdio: 'ignore',
    });
    for (const port of Object.values(ports)) {
      await waitFor(`rsyslog to listen on ${port}`, async () => {
        if (child.exitCode !== null) throw new Error(`rsyslogd ended with ${child.exitCode}`);
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect').finally(() => socket.destroy());
        return true;
      });
    }
    return child;
  }
  async function stop(): Promise<void> {
    if (rsyslog.exitCode !== null || rsyslog.signalCode !== null) return;
    const exit = once(rsyslog, 'exit');
    rsyslog.kill('SIGTERM');
    await exit;
  }
  const received = (): Promise<string> =>
    readFile(join(certificate.directory, 'received'), 'utf8').catch(() => '');
  const act = async (): Promise<void> => {
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business, { name: 'Grüße = "ü" | \\' });
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'zwei\nZeilen' });
  };
  /** Once in each of the two formats. */
  const hasAll = async (): Promise<boolean> => {
    const text = await received();
    const places = await sql<{ data: string }>(
      database.url,
      `SELECT format('[rescind@32473 log="%s" sequence="%s"]', replace(business_id::text, '00000000-0000-0000-0000-000000000000', 'platform'), sequence) AS data
       FROM audit_events`,
    );
    return places.every(({ data }) => text.split(data).length - 1 >= 2);
  };

  it('takes every event, in both formats, over TCP and TLS', async () => {
    await act();
    await waitFor('all events', hasAll);
    const lines = (await received()).split('\n').filter((line) => line.includes(' token.revoked '));
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toMatch(/^audit \d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) rescind token\.revoked /);
    const [native, ocsf] = lines
      .map((line) => JSON.parse(line.slice(line.indexOf('] ') + 2)) as Record<string, unknown>)
      .toSorted((left) => ('action' in left ? -1 : 1));
    expect(native).toMatchObject({ action: 'token.revoked', reason: 'zwei\nZeilen' });
    expect(native?.details).toMatchObject({ name: 'Grüße = "ü" | \\' });
    expect(ocsf).toMatchObject({
      class_uid: 3004,
      activity_id: 9,
      type_uid: 300409,
      status_detail: 'zwei\nZeilen',
    });
  });

  it('that was away for a while gets all of it afterwards', async () => {
    await stop();
    await act();
    await waitFor('the sinks to notice', () =>
      ['plain', 'encrypted'].every((name) =>
        app.logs().includes(`The audit sink ${name} does not take events`),
      ),
    );
    await act();
    rsyslog = await startRsyslog();
    await waitFor('all events', hasAll, 150_000);
  });
});
