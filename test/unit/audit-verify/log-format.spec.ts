import { createHash, createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../../contracts/log-format/vectors.json');

interface Vectors {
  key: { seed_hex: string; public_raw_base64: string; public_pem: string; kid: string; vkey: string };
  log: { log_name: string; business_id: string; origin: string };
  events: { event: { sequence: number }; canonical: string; leaf_hash: string; mac_hex: string }[];
  roots: string[];
  checkpoints: Record<string, string>;
  consistency_3_5: string[];
  tlog_proof_of_3: string;
  receipt: { claims: { audit: { leaf_hash: string } }; jws: string };
  exports: Record<'complete' | 'filtered', string>;
}

const vectors = (): Vectors => JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;

// What follows is docs/log-format.md, read word for word, without a line of the service.
const sha256 = (...parts: (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return node(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`).join(',')}}`;
}

describe('a verifier that is written from docs/log-format.md', () => {
  const { key, log, events, roots, checkpoints, receipt, exports, ...rest } = vectors();
  const publicKey = createPublicKey(key.public_pem);
  const leaves = events.map(({ canonical: text }) => sha256(Buffer.of(0), text));

  it('knows events, leaves, MACs and roots', () => {
    expect(log.origin).toBe(`${log.log_name}/${log.business_id}`);
    const macKey = Buffer.from(
      hkdfSync('sha256', Buffer.from(key.seed_hex, 'hex'), '', 'rescind audit event', 32),
    );
    for (const [index, { event, canonical: text, leaf_hash, mac_hex }] of events.entries()) {
      expect(canonical(event)).toBe(text);
      expect(leaves[index]!.toString('base64')).toBe(leaf_hash);
      const mac = createHmac('sha256', macKey)
        .update(`${log.business_id}${event.sequence}:`)
        .update(leaves[index]!)
        .digest();
      const keyId = Buffer.from(key.kid, 'base64url').subarray(0, 4);
      expect(Buffer.concat([keyId, mac.subarray(0, 16)]).toString('hex')).toBe(mac_hex);
    }
    expect(roots.map((_, size) => rootOf(leaves.slice(0, size)).toString('base64'))).toEqual(roots);
  });

  it('opens checkpoints, and knows the key by its names', () => {
    const raw = bytes(key.public_raw_base64);
    expect(key.kid).toBe(
      sha256(`{"crv":"Ed25519","kty":"OKP","x":"${raw.toString('base64url')}"}`).toString('base64url'),
    );
    const keyId = sha256(`${log.origin}\n`, Buffer.of(1), raw).subarray(0, 4);
    expect(key.vkey).toBe(
      `${log.origin}+${keyId.toString('hex')}+${Buffer.concat([Buffer.of(1), raw]).toString('base64')}`,
    );
    for (const [size, note] of Object.entries(checkpoints)) {
      const split = note.indexOf('\n\n') + 1;
      const [text, signature] = [note.slice(0, split), note.slice(split + 1)];
      expect(text).toBe(`${log.origin}\n${size}\n${roots[Number(size)]}\n`);
      const [dash, name, encoded] = signature.trimEnd().split(' ');
      expect([dash, name]).toEqual(['—', log.origin]);
      expect(bytes(encoded!).subarray(0, 4)).toEqual(keyId);
      expect(verify(null, Buffer.from(text), publicKey, bytes(encoded!).subarray(4))).toBe(true);
    }
  });

  it('follows proofs', () => {
    const [first, index, ...hashes] = rest.tlog_proof_of_3.split('\n\n')[0]!.split('\n');
    expect([first, index]).toEqual(['c2sp.org/tlog-proof@v1', 'index 2']);
    const [sibling, left, right] = hashes.map(bytes);
    expect(node(node(left!, node(leaves[2]!, sibling!)), right!).toString('base64')).toBe(roots[5]);
    const [c, d, ab, e] = rest.consistency_3_5.map(bytes);
    expect(node(ab!, c!).toString('base64')).toBe(roots[3]);
    expect(node(node(ab!, node(c!, d!)), e!).toString('base64')).toBe(roots[5]);
  });

  it('reads exports', () => {
    const lines = exports.complete.split('\n').slice(1, 6);
    const shown = lines.map((text) => {
      const at = text.lastIndexOf(',"leaf_hash":"');
      return sha256(Buffer.of(0), `${text.slice(0, at)}}`);
    });
    expect(rootOf(shown).toString('base64')).toBe(roots[5]);
    const [, before, event, after, last] = exports.filtered.split('\n');
    const { skipped, subtrees } = JSON.parse(before!) as { skipped: number[]; subtrees: string[] };
    expect([skipped, subtrees.length]).toEqual([[1, 2], 1]);
    const { leaf_hash } = JSON.parse(event!) as { leaf_hash: string };
    const [d, e] = (JSON.parse(after!) as { subtrees: string[] }).subtrees.map(bytes);
    expect(node(node(bytes(subtrees[0]!), node(bytes(leaf_hash), d!)), e!).toString('base64')).toBe(roots[5]);
    expect((JSON.parse(last!) as { checkpoint: string }).checkpoint).toBe(checkpoints[5]);
  });

  it('checks receipts', () => {
    const [header, payload, signature] = receipt.jws.split('.');
    expect(JSON.parse(Buffer.from(header!, 'base64url').toString())).toEqual({
      alg: 'EdDSA',
      typ: 'rescind-receipt+jwt',
      kid: key.kid,
    });
    expect(
      verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature!, 'base64url')),
    ).toBe(true);
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toEqual(receipt.claims);
    expect(receipt.claims.audit.leaf_hash).toBe(events[2]!.leaf_hash);
  });
});
