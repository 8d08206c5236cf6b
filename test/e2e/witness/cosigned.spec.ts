import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { openCosignatures } from '../../../src/log-format/transparency/cosignature.js';
import { verifyTlogProof, parseTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, platform } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import {
  aPolicy,
  cosignedBy,
  growthOf,
  metric,
  startWitnessed,
  platformVkey,
  type PolicyFile,
} from './cosigned-log.js';
import { aWitnessSite, type WitnessProcess, type WitnessSite } from './witness-process.js';

describe('the checkpoints of the platform', () => {
  let database: TestDatabase;
  let app: RescindProcess | undefined;
  let sites: WitnessSite[];
  let witnesses: WitnessProcess[];
  let policy: PolicyFile;

  beforeEach(async () => {
    database = await freshDatabase();
    sites = await Promise.all([1, 2, 3].map((n) => aWitnessSite(`witness.example/w${n}`, [platformVkey()])));
    witnesses = await Promise.all(sites.map((site) => site.start()));
  });
  afterEach(async () => {
    await app?.kill();
    await Promise.all(witnesses.map((witness) => witness.kill()));
    await Promise.all([...sites.map((site) => site.remove()), policy?.remove()]);
    await database.drop();
  });

  const growth = (): Promise<void> => growthOf(app as RescindProcess, policy);

  it('are cosigned by the witnesses of the policy, as soon as they are there, and carry it wherever they are shown', async () => {
    policy = await aPolicy(witnesses, 3);
    app = await startWitnessed(database.url, policy);
    await growth();
    await growth();
    const cosigned = await cosignedBy(app, policy);
    expect(cosigned?.witnesses.toSorted()).toEqual(['witness.example/w1', 'witness.example/w2', 'witness.example/w3']);
    expect(Math.abs(Number(cosigned?.quorum.seconds) - Date.now() / 1000)).toBeLessThan(60);

    const api = await platform(app.url);
    // The newest may have an event more, of which the witnesses know a moment later.
    await waitFor('the newest to be cosigned by all', async () => {
      const { body: newest } = await api.get<string>('/api/v1/admin/audit/checkpoint');
      return openCosignatures(newest, policy.policy.witnesses).length === 3;
    });
    const { items } = (await api.get('/api/v1/admin/audit/events', { order: 'oldest', limit: 1, business_id: 'platform' })).body as { items: AuditEvent[] };
    const { body: proof } = await api.get<string>(`/api/v1/admin/audit/events/${items[0]!.id}/proof`);
    expect(verifyTlogProof(proof, leafHash(canonicalEvent(items[0]!)), policy.policy.logs)).not.toBeNull();
    expect(policy.policy.judge(openCosignatures(parseTlogProof(proof).checkpoint, policy.policy.witnesses))).not.toBeNull();

    expect(await metric(app, 'rescind_audit_cosignatures_total{witness="w0"}')).toBeGreaterThanOrEqual(2);
    expect(await metric(app, 'rescind_audit_witness_failures_total{witness="w0"}')).toBe(0);
    expect(await metric(app, 'rescind_audit_quorum_age_seconds{log="platform"}')).toBeLessThan(60);
    // A business has no witnesses: its checkpoint is what it was.
    const business = await aBusiness({ url: app.url });
    const note = (await business.api.get<string>('/api/v1/audit/checkpoint')).body;
    expect(note.split('\n— ')).toHaveLength(2);
  }); // prettier-ignore

  it('have their quorum without the witnesses that are away, and with them again once they are back', async () => {
    policy = await aPolicy(witnesses, 2);
    app = await startWitnessed(database.url, policy);
    await growth();
    witnesses[0]!.freeze();
    await growth();
    await growth();
    await witnesses[1]!.kill();
    witnesses[0]!.thaw();
    // Of three, one is gone: the other two are needed, and the thawed one knows an older size.
    await growth();
    witnesses[1] = await sites[1]!.start();
    await waitFor('all three', async () => (await cosignedBy(app as RescindProcess, policy))?.witnesses.length === 3, 30_000).catch(() => undefined);
    await growth();
    expect(await metric(app, 'rescind_audit_witness_failures_total{witness="w1"}')).toBeGreaterThan(0);
  }); // prettier-ignore

  it('go on when a witness dies between keeping what it cosigned and saying so, and after kill -9 of the service', async () => {
    let swallow = 1;
    const target = new URL(witnesses[0]!.url);
    const front = createServer((incoming, response) => {
      const onward = request({ port: target.port, host: '127.0.0.1', method: 'POST', path: incoming.url }, (answer) => {
        if (answer.statusCode === 200 && swallow-- > 0) return void incoming.socket.destroy();
        response.writeHead(answer.statusCode as number, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      incoming.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    try {
      const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}/`;
      policy = await aPolicy([{ vkey: witnesses[0]!.vkey, url }], 1);
      app = await startWitnessed(database.url, policy);
      await growth();
      expect(swallow).toBeLessThan(1);
      await app.kill();
      swallow = 1;
      app = await startWitnessed(database.url, policy);
      await growth();
      await growth();
    } finally {
      front.closeAllConnections();
      front.close();
    }
  }); // prettier-ignore

  it('are asked about by one process at a time, and by another when it dies', async () => {
    policy = await aPolicy(witnesses, 3);
    app = await startWitnessed(database.url, policy);
    const second = await startWitnessed(database.url, policy);
    try {
      await growth();
      const counts = await Promise.all([app, second].map((each) => metric(each, 'rescind_audit_cosignatures_total{witness="w0"}')));
      expect(counts.filter((count) => count === 0)).toHaveLength(1);
      const [asking, waiting] = counts[0] === 0 ? [second, app] : [app, second];
      await asking.kill();
      app = waiting;
      await growth();
      expect(await metric(app, 'rescind_audit_cosignatures_total{witness="w0"}')).toBeGreaterThan(0);
    } finally {
      await second.kill();
    }
  }); // prettier-ignore

  it('are not asked for with a quorum where nobody is asked', async () => {
    policy = await aPolicy(witnesses, 1);
    app = await startRescind({ databaseUrl: database.url });
    const { status, body } = await (await platform(app.url)).get('/api/v1/admin/audit/checkpoint', { cosigned: true });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('No witnesses are asked here')]);
    expect(await metric(app, 'rescind_audit_quorum_age_seconds{log="platform"}')).toBeUndefined();
  }); // prettier-ignore
});
