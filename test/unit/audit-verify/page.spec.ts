import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { judge as Judge } from '../../../pages/audit-verify/src/judge.js';
import { guessKind, type FileKind } from '../../../pages/audit-verify/src/file-kinds.js';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { parseNote } from '../../../src/log-format/transparency/signed-note.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { run } from './run-verify.js';
import { SampleLog } from './sample-log.js';

const ROOT = join(import.meta.dirname, '../../..');
const vectors = JSON.parse(readFileSync(join(ROOT, 'test/contracts/log-format/vectors.json'), 'utf8')) as {
  key: { public_pem: string; public_raw_base64: string; vkey: string };
  log: { origin: string };
  events: { event: Record<string, unknown> }[];
  receipt: { jws: string };
  tlog_proof_of_3: string;
  checkpoints: Record<string, string>;
  exports: { complete: string; filtered: string };
};
const { vkey, public_pem: pem, public_raw_base64: raw } = vectors.key;
const { complete, filtered } = vectors.exports;
const { jws } = vectors.receipt;
const proof = vectors.tlog_proof_of_3;
const event = JSON.stringify(vectors.events[2]!.event);
const { origin } = vectors.log;
const other = new SampleLog(3);
const policyOf = (quorum: string): string => `log ${vkey}\nquorum ${quorum}\n`;
const witness = { name: 'witness.example/a', ...generateKeyPairSync('ed25519') };
const witnessed = `log ${vkey}\nwitness a ${cosignerVkeyOf(witness)}\nquorum a\n`;
const cosigned =
  proof + cosign(parseNote(vectors.checkpoints[5]!).text, witness.name, witness.privateKey, 1_769_860_800);
const WITNESS = 'w example.com/w+00000000+AAAA';

type Files = Partial<Record<FileKind, string | Buffer>>;

describe('the page that verifies, in the form in which it is built,', () => {
  let judge: typeof Judge;
  const folder = mkdtempSync(join(tmpdir(), 'rescind-page-'));
  beforeAll(async () => {
    // In a process of its own: esbuild does not take the globals of a test for those of Node.js.
    const script = `import { bundle } from ${JSON.stringify(join(ROOT, 'pages/audit-verify/build.mjs'))}; await bundle('judge.ts', ${JSON.stringify(join(folder, 'judge.mjs'))}, 'esm');`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    ({ judge } = (await import(join(folder, 'judge.mjs'))) as { judge: typeof Judge });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const given = (files: Files, keys: string, named: string): Parameters<typeof Judge>[0] => ({
    files: Object.entries(files).map(([kind, content]) => ({
      file: new File([new Uint8Array(Buffer.from(content))], kind),
      kind: kind as FileKind,
    })),
    keys,
    origin: named,
    requireComplete: false,
  });

  const changed = complete.replace('ada@example.com', 'eve@example.com');
  const lines = complete.split('\n');
  it.each<[string, Files, string, string]>([
    ['a whole export', { export: complete }, vkey, ''],
    ['one of which events were left out', { export: filtered }, vkey, ''],
    ['one in gzip', { export: gzipSync(complete) }, vkey, ''],
    ['one in gzip of several members', { export: Buffer.concat([gzipSync(complete.slice(0, 700)), gzipSync(complete.slice(700))]) }, vkey, ''],
    ['one under a PEM key', { export: complete }, pem, origin],
    ['one under a key of 32 bytes', { export: complete }, raw, origin],
    ['one with a checkpoint that was kept', { export: complete, checkpoint: vectors.checkpoints[3]! }, vkey, ''],
    ['one with a checkpoint of another log', { export: complete, checkpoint: other.note() }, vkey, ''],
    ['a changed event', { export: changed }, vkey, ''],
    ['a removed event', { export: lines.toSpliced(2, 1).join('\n') }, vkey, ''],
    ['events in another order', { export: lines.with(2, lines[3]!).with(3, lines[2]!).join('\n') }, vkey, ''],
    ['no checkpoint at the end', { export: lines.slice(0, -2).join('\n') }, vkey, ''],
    ['text among the lines', { export: lines.toSpliced(2, 0, 'text').join('\n') }, vkey, ''],
    ['a changed signature', { export: complete.replace(/.{8}\\n"\}\n$/, 'AAAAAAA=\\n"}\n') }, vkey, ''],
    ['a key of somebody else', { export: complete }, other.vkey, ''],
    ['another log than was meant', { export: complete }, vkey, 'rescind.example/platform'],
    ['an export and a policy without a quorum', { export: complete, policy: policyOf('none') }, '', ''],
    ['a receipt', { receipt: jws }, vkey, ''],
    ['a receipt and its proof', { receipt: jws, proof }, vkey, ''],
    ['a proof and its event', { proof, event }, pem, origin],
    ['all three', { receipt: jws, proof, event }, vkey, ''],
    ['all three under a policy', { receipt: jws, proof, event, policy: policyOf('none') }, '', ''],
    ['a quorum of witnesses', { proof: cosigned, event, policy: witnessed }, '', ''],
    ['a quorum that is missing', { proof, event, policy: witnessed }, '', ''],
    ['a cosignature that was changed', { proof: cosigned.replace(/.{6}\n$/, 'AAAA==\n'), event, policy: witnessed }, '', ''],
    ['a changed receipt', { receipt: jws.replace(/.{6}$/, 'AAAAAA') }, vkey, ''],
    ['the proof of another event', { receipt: jws, proof: proof.replace('index 2', 'index 3') }, vkey, ''],
    ['a changed event of a proof', { proof, event: event.replace('platform', 'somebody') }, vkey, ''],
    ['a proof that is none', { receipt: jws, proof: 'no proof' }, vkey, ''],
    ['an anchor that is none', { anchor: '{}' }, vkey, ''],
  ])('says of %s what the command says', async (_, files, key, named) => {
    const { verified, report } = await judge(given(files, key, named), () => undefined);
    const options = Object.keys(files).flatMap((kind) => [`--${kind}`, `@${kind}`]);
    const keyOption = key === '' ? [] : ['--public-key', '@its-key'];
    const named_ = named === '' ? [] : ['--origin', named];
    const command = await run({ ...files, 'its-key': key }, ...options, ...keyOption, ...named_);
    expect(report).toBe(command.out.replaceAll(/\/\S+\/(?=checkpoint\b)/g, ''));
    expect(command.code).toBe(verified ? 0 : 1);
  }); // prettier-ignore

  it.each<[string, Files, string, string, RegExp]>([
    ['nothing to verify', {}, vkey, '', /nothing to verify/],
    ['no key', { export: complete }, '', '', /whom to believe/],
    ['a PEM key and no origin', { export: complete }, pem, '', /which log is meant/],
    ['a key that is none', { export: complete }, 'key', '', /neither a PEM key nor a verifier key/],
    ['a PEM of another kind', { export: complete }, pem.replace('MCow', 'MFkw'), origin, /neither a PEM/],
    ['a proof alone', { proof }, vkey, '', /go together/],
    ['an export and a receipt', { export: complete, receipt: jws }, vkey, '', /not both at once/],
    ['a file of an unknown kind', { unknown: 'x' }, vkey, '', /say what it is/],
    ['an empty export', { export: '' }, vkey, '', /is empty/],
    ['an export without its header', { export: lines.slice(1).join('\n') }, vkey, '', /no header line/],
    ['an end in the middle of gzip', { export: gzipSync(complete).subarray(0, 400) }, vkey, '', /cannot read export/],
    ['a policy that cannot be used', { export: complete, policy: `witness ${WITNESS}\nquorum w\n` }, vkey, '', /cannot use the policy policy: line 1/],
  ])('cannot judge %s, and says so', async (_, files, key, named, message) => {
    await expect(judge(given(files, key, named), () => undefined)).rejects.toThrow(message);
  }); // prettier-ignore

  it.each<[FileKind, string]>([
    ['export', complete],
    ['receipt', `${jws}\n`],
    ['proof', proof],
    ['event', event],
    ['anchor', '{"rescind_anchor":1}'],
    ['checkpoint', vectors.checkpoints[5]!],
    ['key', vkey],
    ['key', pem],
    ['policy', policyOf('none')],
    ['unknown', 'anything'],
  ])('takes a file for a %s by what is in it', async (kind, content) => {
    expect(await guessKind(new File([content], 'file'))).toBe(kind);
  });
});
