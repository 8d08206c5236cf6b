import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { platform } from '../../support/factories.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { aPolicy, growthOf, metric, platformVkey, startWitnessed, type PolicyFile } from './cosigned-log.js';
import { HostileWitness, size, type Asked } from './hostile-witness.js';
import { aWitnessSite, type WitnessProcess, type WitnessSite } from './witness-process.js';

const stranger = generateKeyPairSync('ed25519').privateKey;

/** What each of them does instead of cosigning. */
const HOSTILE: Record<string, (asked: Asked, witness: HostileWitness) => void> = {
  'signs with another key': ({ text, response }, witness) =>
    void response.end(witness.cosign(text, undefined, createPrivateKey(stranger.export({ type: 'pkcs8', format: 'pem' })))),
  'signs something else': ({ text, response }, witness) =>
    void response.end(witness.cosign(text.replace(/\n\d+\n/, '\n999\n'))),
  'replays what it signed an hour ago': ({ text, response }, witness) =>
    void response.end(witness.cosign(text, Math.floor(Date.now() / 1000) - 3600)),
  'signs for tomorrow': ({ text, response }, witness) =>
    void response.end(witness.cosign(text, Math.floor(Date.now() / 1000) + 86_400)),
  'replays the cosignature of another checkpoint': ({ response }, witness) =>
    void response.end(witness.cosign('rescind/platform\n1\nAAAA\n')),
  'answers 409 with the same size for ever': ({ oldSize, response }) => size(response, oldSize),
  'answers 409 with another size each time': ({ oldSize, response }) => size(response, oldSize === 1 ? 0 : 1),
  'says that it knows a longer log': ({ response }) => size(response, 999_999_999),
  'says a size that is none': ({ response }) => size(response, '-1'),
  'says that the log does not follow': ({ response }) => void response.writeHead(422).end(),
  'answers 500': ({ response }) => void response.writeHead(500).end(),
  'leads elsewhere': ({ response }) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  'answers nothing': () => undefined,
  'answers without end': ({ response }) => {
    const more = (): void => void (response.destroyed || response.write('— a b\n'.repeat(1000), () => setImmediate(more)));
    more();
  },
  'closes the connection': ({ response }) => void response.destroy(),
  'answers with rubbish': ({ response }) => void response.end('\u0000\n\n— \n'),
}; // prettier-ignore

describe('hostile witnesses', () => {
  let database: TestDatabase;
  let site: WitnessSite;
  let genuine: WitnessProcess;
  let hostile: HostileWitness[];
  let policy: PolicyFile;
  let app: RescindProcess;
  let startedMs: number;

  beforeAll(async () => {
    database = await freshDatabase();
    site = await aWitnessSite('witness.example/genuine', [platformVkey()]);
    genuine = await site.start();
    hostile = await Promise.all(Object.entries(HOSTILE).map(([name, answer]) => HostileWitness.open(name.replaceAll(' ', '-'), answer)));
    policy = await aPolicy([genuine, ...hostile], 1);
    startedMs = performance.now();
    app = await startWitnessed(database.url, policy);
    await app.ready();
  }); // prettier-ignore
  afterAll(async () => {
    await app.kill();
    await genuine.kill();
    hostile.forEach((each) => each.close());
    await Promise.all([site.remove(), policy.remove()]);
    await database.drop();
  });

  it('hold up neither the quorum of others, nor sealing, nor readers, nor readiness', async () => {
    for (let round = 0; round < 4; round++) await growthOf(app, policy);
    await waitFor('all to be asked', () => hostile.every(({ asked }) => asked > 0));
    await growthOf(app, policy);
    const t0 = performance.now();
    const api = await platform(app.url);
    expect((await api.get('/api/v1/admin/audit/checkpoint')).status).toBe(200);
    // The silent one is given up after 10 s.
    expect(performance.now() - t0).toBeLessThan(8000);
    await waitFor(
      'the seal to keep up',
      async () => ((await metric(app, 'rescind_audit_seal_lag_seconds')) ?? 5) < 5,
    );
    await app.ready();
  });

  it.each(Object.keys(HOSTILE).map((name, index) => [name, index] as const))(
    'one that %s never counts, and is asked less and less often',
    async (name, index) => {
      const label = `{witness="w${index + 1}"}`;
      // The silent one is given up after 10 s.
      const failures = () => metric(app, `rescind_audit_witness_failures_total${label}`);
      await waitFor('its failure', async () => ((await failures()) ?? 0) > 0);
      expect(await metric(app, `rescind_audit_cosignatures_total${label}`)).toBe(0);
      const { body: note } = await (
        await platform(app.url)
      ).get<string>('/api/v1/admin/audit/checkpoint', { cosigned: true });
      expect(note).not.toContain(name.replaceAll(' ', '-'));
      // 1, 2, 4, 8 s apart and so on up to a minute, of up to three exchanges.
      const minutes = (performance.now() - startedMs) / 60_000;
      expect(hostile[index]!.asked).toBeLessThan(3 * (8 + minutes));
    },
  );

  it('that speak of two histories, or of a longer one, are told of as an error', async () => {
    await waitFor('both to be told of', () =>
      [/"level":50.*two histories/, /"level":50.*a longer log/].every((line) => line.test(app.logs())),
    );
  });
});
