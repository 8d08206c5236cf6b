import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCosignatures } from '../../../src/log-format/transparency/cosignature.js';
import { vkeyOf } from '../../../src/log-format/transparency/note-key.js';
import { openCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { WitnessPolicy, type Quorum } from '../../../src/log-format/transparency/witness-policy.js';
import { platform } from '../../support/factories.js';
import { exchange } from '../../support/exchange.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { platformSecret, testRun } from '../../support/test-run.js';

/** The key of the platform's log, that every test application has. */
export function platformVkey(): string {
  return vkeyOf('rescind/platform', createPublicKey(createPrivateKey(testRun().secrets.RESCIND_SIGNING_KEY)));
}

/** A policy file in a directory of its own. */
export interface PolicyFile {
  path: string;
  policy: WitnessPolicy;
  text: string;
  remove(): Promise<void>;
}

/** @param needed how many of the witnesses must cosign */
export async function aPolicy(
  witnesses: readonly { vkey: string; url: string }[],
  needed: number,
): Promise<PolicyFile> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-policy-'));
  const path = join(directory, 'policy');
  const lines = witnesses.map(({ vkey, url }, index) => `witness w${index} ${vkey} ${url}`);
  const names = witnesses.map((_, index) => `w${index}`).join(' ');
  const text = [`log ${platformVkey()}`, ...lines, `group all-of-them ${needed} ${names}`, 'quorum all-of-them', ''].join('\n');
  await writeFile(path, text);
  return { path, text, policy: new WitnessPolicy(text), remove: () => rm(directory, { recursive: true, force: true }) };
} // prettier-ignore

export const startWitnessed = (databaseUrl: string, { path }: PolicyFile, env: Record<string, string> = {}): Promise<RescindProcess> =>
  startRescind({ databaseUrl, env: { RESCIND_SEAL_MS: '200', RESCIND_WITNESS_POLICY: path, ...env } }); // prettier-ignore

/** The latest checkpoint with a quorum, judged by the policy alone; null while there is none. */
export async function cosignedBy(
  { url }: RescindProcess,
  { policy }: PolicyFile,
): Promise<{ size: number; note: string; quorum: Quorum; witnesses: string[] } | null> {
  const headers: [string, string][] = [['authorization', `Bearer ${platformSecret()}`]];
  const path = '/api/v1/admin/audit/checkpoint?cosigned=true';
  const { status, text: note } = await exchange(url, { method: 'GET', path, headers });
  if (status === 503) return null;
  expect(status).toBe(200);
  const cosignatures = openCosignatures(note, policy.witnesses);
  const quorum = policy.judge(cosignatures);
  if (quorum === null) throw new Error(`no quorum: ${note}`);
  const witnesses = cosignatures.map(({ cosigner }) => cosigner.name);
  return { size: openCheckpoint(note, policy.logs).size, note, quorum, witnesses };
}

/** Something happens that the platform's log says. */
export async function happening({ url }: RescindProcess): Promise<void> {
  const { status } = await (await platform(url)).post('/api/v1/admin/tokens', { name: 'one more' });
  expect(status).toBe(201);
}

/** The log grows; resolves once the quorum has cosigned more of it than before: that, or what had grown and was not cosigned yet. */
export async function growthOf(app: RescindProcess, policy: PolicyFile): Promise<void> {
  const before = (await cosignedBy(app, policy))?.size ?? 0;
  await happening(app);
  await waitFor('the quorum', async () => ((await cosignedBy(app, policy))?.size ?? 0) > before);
}

/** A sample of a metric by its label; undefined: there is none. */
export async function metric({ url }: RescindProcess, sample: string): Promise<number | undefined> {
  const { text } = await exchange(url, { method: 'GET', path: '/metrics' });
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length).replace('+Inf', 'Infinity'));
}
