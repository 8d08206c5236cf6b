import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webhookSignature } from '../../../src/audit/sinks/https-sink.js';
import { makeCertificate, type Certificate } from '../../support/certificate.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { HttpsReceiver } from './receivers.js';

interface Line {
  id: string;
  business_id: string | null;
  sequence: number;
}

describe('an HTTPS sink', () => {
  const key = randomBytes(32);
  let certificate: Certificate;
  let directory: string;
  let database: TestDatabase;
  let [good, other]: HttpsReceiver[] = [];
  let app: RescindProcess;
  const started: RescindProcess[] = [];
  const receivers = () => [good, other] as [HttpsReceiver, HttpsReceiver];

  beforeAll(async () => {
    certificate = makeCertificate();
    directory = await mkdtemp(join(tmpdir(), 'rescind-sinks-'));
    database = await freshDatabase();
    [good, other] = [await HttpsReceiver.open(certificate), await HttpsReceiver.open(certificate)];
    const secretPath = join(directory, 'secret');
    const headerPath = join(directory, 'header');
    await writeFile(secretPath, `whsec_${key.toString('base64')}\n`);
    await writeFile(headerPath, 'Authorization: Splunk of-the-header\n');
    const base = { type: 'https', ca: certificate.certPath };
    await writeFile(
      join(directory, 'sinks.json'),
      JSON.stringify([
        {
          ...base,
          name: 'good',
          url: receivers()[0].url,
          secret: `@${secretPath}`,
          header: `@${headerPath}`,
        },
        { ...base, name: 'other', url: receivers()[1].url, format: 'ocsf' },
      ]),
    );
    app = await start();
  });
  afterAll(async () => {
    for (const each of started) await each.stop();
    for (const receiver of receivers()) receiver.close();
    await database.drop();
    for (const path of [directory, certificate.directory]) await rm(path, { recursive: true, force: true });
  });

  const start = async (): Promise<RescindProcess> => {
    const env = { RESCIND_AUDIT_SINKS: `@${join(directory, 'sinks.json')}` };
    const one = await startRescind({ databaseUrl: database.url, env });
    started.push(one);
    return one;
  };
  const idsOf = async (): Promise<string[]> =>
    (await sql<{ id: string }>(database.url, 'SELECT id FROM audit_events')).map(({ id }) => id).sort();
  const idsAt = (receiver: HttpsReceiver): string[] =>
    receiver.lines.map((line) => {
      const event = JSON.parse(line) as Line & { metadata?: { uid: string } };
      return event.metadata?.uid ?? event.id;
    });
  /** Every event that is recorded has arrived. */
  const hasAll = async (receiver: HttpsReceiver): Promise<boolean> => {
    const arrived = new Set(idsAt(receiver));
    return (await idsOf()).every((id) => arrived.has(id));
  };
  const metric = async (name: string, sink: string): Promise<number> => {
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    return Number(new RegExp(`^${name}\\{.*sink="${sink}".*\\} (\\S+)`, 'm').exec(text)?.[1]);
  };
  const revoke = async (business: TestBusiness): Promise<string> => {
    const token = await aToken(business);
    expect((await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'left' })).status).toBe(
      201,
    );
    return token.secret;
  };

  it('is sent every event of every log in order, signed, as the log has hashed it, and no secret', async () => {
    const businesses = [await aBusiness({ url: app.url }), await aBusiness({ url: app.url })];
    const secrets = [
      await revoke(businesses[0] as TestBusiness),
      await revoke(businesses[1] as TestBusiness),
    ];
    const [receiver] = receivers();
    await waitFor('all events', () => hasAll(receiver));
    const last = new Map<string | null, number>();
    const leaves = new Map(
      (
        await sql<{ id: string; leaf: string }>(
          database.url,
          `SELECT id, encode(leaf_hash, 'hex') AS leaf FROM audit_events`,
        )
      ).map(({ id, leaf }) => [id, leaf]),
    );
    for (const line of receiver.lines) {
      const { id, business_id, sequence } = JSON.parse(line) as Line;
      const next = (last.get(business_id) ?? 0) + 1;
      // At least once: a batch may come again, but none is left out.
      expect(sequence).toBeLessThanOrEqual(next);
      last.set(business_id, Math.max(sequence, next - 1));
      expect(createHash('sha256').update('\0').update(line).digest('hex')).toBe(leaves.get(id));
    }
    for (const { headers, body } of receiver.batches) {
      const [id, at] = [headers['webhook-id'], headers['webhook-timestamp']] as [string, string];
      expect(headers['webhook-signature']).toBe(webhookSignature(key, { id, atSeconds: Number(at), body }));
      expect(headers).toMatchObject({
        authorization: 'Splunk of-the-header',
        'content-type': expect.stringMatching('ndjson'),
      });
    }
    await waitFor('the other sink', () => hasAll(receivers()[1]));
    const sent = receivers()
      .flatMap(({ lines }) => lines)
      .join('\n');
    for (const secret of secrets) expect(sent).not.toContain(secret.slice(-20));
    expect(
      receivers()[1].lines.every(
        (line) => (JSON.parse(line) as { metadata: { version: string } }).metadata.version === '1.8.0',
      ),
    ).toBe(true);
  });

  it.each(['hang', 500, 302, 429] as const)(
    'that answers with %s holds up neither changes nor other sinks, is seen in the metrics, and gets it all later',
    async (answer) => {
      const [receiver, troubled] = receivers();
      troubled.answer = answer;
      const before = troubled.attempts;
      const business = await aBusiness({ url: app.url });
      await revoke(business);
      await waitFor('an attempt', () => troubled.attempts > before);
      await revoke(business);
      await waitFor('the good sink', () => hasAll(receiver));
      expect(await hasAll(troubled)).toBe(false);
      await waitFor('a lag', async () => (await metric('rescind_audit_sink_lag_seconds', 'other')) > 0);
      if (answer !== 'hang')
        await waitFor(
          'a failure',
          async () => (await metric('rescind_audit_sink_failures_total', 'other')) > 0,
        );
      troubled.answer = 204;
      await waitFor('all that was missed', () => hasAll(troubled), 150_000);
      await waitFor('no lag', async () => (await metric('rescind_audit_sink_lag_seconds', 'other')) === 0);
    },
  );

  it('misses nothing when the process is killed, and one of several processes delivers', async () => {
    const [receiver] = receivers();
    receiver.answer = 'hang';
    const before = receiver.attempts;
    const business = await aBusiness({ url: app.url });
    await revoke(business);
    await waitFor('a batch on its way', () => receiver.attempts > before);
    await app.kill();
    receiver.answer = 204;
    const second = await start();
    app = await start();
    await revoke(await aBusiness({ url: app.url }));
    await waitFor('all events', () => hasAll(receiver));
    // What was sent and not noted yet may be sent again.
    await waitFor('no lag', async () => (await metric('rescind_audit_sink_lag_seconds', 'good')) === 0);
    const count = receiver.lines.length;
    await revoke(await aBusiness({ url: second.url }));
    await waitFor('all events', () => hasAll(receiver));
    const added = receiver.lines.slice(count).map((line) => (JSON.parse(line) as Line).id);
    expect(new Set(added).size).toBe(added.length);
    await app.stop();
    app = second;
    await revoke(await aBusiness({ url: app.url }));
    await waitFor('the one that is left', () => hasAll(receiver));
  });
});
