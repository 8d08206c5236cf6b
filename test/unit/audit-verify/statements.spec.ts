import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import { canonicalJson } from '../../../src/log-format/canonical-event.js';
import { leafHashBase64 } from '../../../src/log-format/transparency/merkle-tree.js';
import { parsePublicKey } from '../../../src/log-format/transparency/note-key.js';
import { verifyStatements } from '../../../src/log-format/verifying/verify-statements.js';
import { run } from './run-verify.js';
import { SampleLog } from './sample-log.js';

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../contracts/log-format/vectors.json'), 'utf8'),
) as {
  key: { public_pem: string; vkey: string };
  log: { origin: string };
  events: { event: Record<string, unknown> }[];
  receipt: { jws: string };
  tlog_proof_of_3: string;
};
const { key, log, tlog_proof_of_3: proof } = vectors;
const receipt = vectors.receipt.jws;
const event = JSON.stringify(vectors.events[2]!.event);
const keys = [parsePublicKey(key.vkey)];
const files = { r: receipt, p: proof, e: event, pem: key.public_pem };

describe('rescind audit verify, of a receipt and of a proof,', () => {
  it.each([
    ['a receipt', ['--receipt', '@r']],
    ['a receipt and its proof', ['--receipt', '@r', '--proof', '@p']],
    ['a proof and its event', ['--proof', '@p', '--event', '@e']],
    ['all three', ['--receipt', '@r', '--proof', '@p', '--event', '@e']],
  ])('answers 0 for %s', async (_, args) => {
    for (const key of [
      ['--public-key', vectors.key.vkey],
      ['--public-key', '@pem', '--origin', log.origin],
    ]) {
      const { out, err, code } = await run(files, ...args, ...key);
      expect(out).toMatch(/\nVERIFIED\n$/);
      expect({ err, code }).toEqual({ err: '', code: 0 });
    }
  });

  it.each([
    ['no log is named for a key that is good for every log', ['--receipt', '@r', '--public-key', '@pem']],
    ['neither export, receipt nor proof is given', ['--public-key', key.vkey]],
    ['an export and a receipt are given', ['--export', '@e', '--receipt', '@r', '--public-key', key.vkey]],
    ['a proof is given alone', ['--proof', '@p', '--public-key', key.vkey]],
    ['a file is not there', ['--receipt', '@absent', '--public-key', key.vkey]],
  ])('answers 2 when %s', async (_, args) => {
    const { out, err, code } = await run(files, ...args);
    expect({ out, code }).toEqual({ out: '', code: 2 });
    expect(err).toMatch(/^.+\n$/);
  });

  const [header, payload, signature] = receipt.split('.') as [string, string, string];
  const changedPayload = Buffer.from(payload, 'base64url').toString().replace('stolen', 'broken');
  const other = new SampleLog(3);
  it.each([
    ['a changed receipt', { receipt: `${header}.${Buffer.from(changedPayload).toString('base64url')}.${signature}` }, 'bad_signature'],
    ['text for a receipt', { receipt: 'no receipt' }, 'bad_signature'],
    ['the proof of another event', { receipt, proof: proof.replace('index 2', 'index 3') }, 'not_included'],
    ['a proof with another hash', { receipt, proof: proof.replace(/^([A-Za-z0-9+/]{43}=)$/m, Buffer.alloc(32).toString('base64')) }, 'not_included'],
    ['a changed event', { proof, event: event.replace('platform', 'somebody') }, 'not_included'],
    ['an event that is not that of the receipt', { receipt, event: JSON.stringify(vectors.events[0]!.event) }, 'says_otherwise'],
    ['a proof that is none', { receipt, proof: 'no proof' }, 'malformed'],
    ['an event that is none', { proof, event: '[]' }, 'malformed'],
    ['an event without details', { receipt, event: JSON.stringify({ ...vectors.events[2]!.event, details: null }) }, 'malformed'],
    ['a checkpoint that somebody else signed', { receipt, proof: proof.replace(/\n\n[^]*$/, `\n\n${other.note(3)}`) }, 'bad_signature'],
  ])('fails for %s', async (_, given, kind) => {
    const report = await verifyStatements({ receipt: null, proof: null, event: null, ...given }, keys, null);
    expect(report.verified).toBe(false);
    expect(report.failures.map((failure) => failure.kind)).toContain(kind);
  }); // prettier-ignore

  it('fails when the receipt names another author than the event does', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const said = { ...vectors.events[2]!.event, details: { revoked_by: 'ada@example.com' } };
    const leaf_hash = leafHashBase64(canonicalJson(said));
    const judge = async (revoked_by: string) => {
      const signed = await new CompactSign(
        Buffer.from(
          JSON.stringify({ ...claims, revoked_by, audit: { ...(claims.audit as object), leaf_hash } }),
        ),
      )
        .setProtectedHeader({ alg: 'EdDSA', typ: 'rescind-receipt+jwt' })
        .sign(privateKey);
      const statements = { receipt: signed, proof: null, event: JSON.stringify(said) };
      const { failures } = await verifyStatements(statements, [{ name: null, publicKey }], log.origin);
      return failures.map(({ kind }) => kind);
    };
    expect(await judge('ada@example.com')).toEqual([]);
    expect(await judge('mallory@example.com')).toEqual(['says_otherwise']);
  });

  it('fails when the log is not the one that is meant', async () => {
    const report = await verifyStatements({ receipt, proof, event }, keys, 'rescind.example/platform');
    expect(report.failures.map(({ kind }) => kind)).toEqual(['wrong_log']);
  });

  it('does not let the key of one log speak for another', async () => {
    const foreign = [{ ...keys[0]!, name: 'rescind.example/other' }];
    expect((await verifyStatements({ receipt, proof: null, event: null }, foreign, null)).verified).toBe(
      false,
    );
  });
});
