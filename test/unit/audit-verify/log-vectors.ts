import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactSign } from 'jose';
import { checkpointLine, eventLine, gapLine, headerLine } from '../../../src/log-format/export-format.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { EventMacs } from '../../../src/audit/trail/event-macs.js';
import { originOf } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { vkeyOf } from '../../../src/log-format/transparency/note-key.js';
import {
  consistencyProof,
  inclusionProof,
  readSubtrees,
} from '../../../src/log-format/transparency/proof-generation.js';
import { extendTiles, nodeReaderOf } from '../../../src/log-format/transparency/tiles.js';
import { formatTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import { SigningKeys } from '../../../src/secrets/signing-keys.js';

const SEED = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const BUSINESS = '0199c0de-0000-7000-8000-00000000b001';
const TOKEN = '0199c0de-0000-7000-8000-0000000000a1';
const LOG_NAME = 'rescind.example';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function event(sequence: number, change: Partial<AuditEvent>): AuditEvent {
  return {
    action: 'audit.read',
    actor: { email: null, id: null, kind: 'platform', token_id: null },
    business_id: BUSINESS,
    details: {},
    id: `0199c0de-0000-7000-8000-00000000000${sequence}`,
    ip: '192.0.2.1',
    occurred_at: `2026-01-31T12:00:0${sequence}.000Z`,
    outcome: 'success',
    reason: null,
    request_id: null,
    sequence,
    target: { id: null, kind: 'audit' },
    user_agent: null,
    ...change,
  };
}

const EVENTS: readonly AuditEvent[] = [
  event(1, {
    action: 'token.issued',
    details: { scopes: ['jobs:read', 'jobs:write'], name: 'deploy “pipeline”', owner: 'ada@example.com', expires_at: null, dialect: 'native', issued_by_token: null },
    target: { id: TOKEN, kind: 'token' },
  }),
  event(2, { actor: { email: 'ada@example.com', id: TOKEN, kind: 'user', token_id: TOKEN }, details: { filter: 'a/b\\c\u0001é' } }),
  event(3, {
    action: 'token.revoked',
    details: { jti: '4bX0Qm2vTqLw8ZkR1nYc7D', name: null, owner: 'ada@example.com', cause: 'request', revoked_with: null, revoked_by: 'platform' },
    reason: 'laptop stolen \u{1f6a8}',
    target: { id: TOKEN, kind: 'token' },
    user_agent: 'curl/8',
  }),
  event(4, { outcome: 'denied', request_id: 'r-1' }),
  event(5, {}),
]; // prettier-ignore

/** Every format that leaves the service, of one small log under one fixed key, as the service makes them. */
export async function logVectors(): Promise<Record<string, unknown>> {
  const privateKey = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  const keys = new SigningKeys({ signingKey: privateKey, retiredSigningKeys: [] });
  const macs = new EventMacs(keys);
  const origin = originOf(LOG_NAME, BUSINESS);
  const vkey = vkeyOf(origin, publicKey);
  const texts = EVENTS.map(canonicalEvent);
  const leaves = texts.map((text) => leafHash(text));
  const tiles = new Map(extendTiles(0, leaves, []).map((tile) => [`${tile.level}/${tile.index}`, tile.bytes]));
  const read = nodeReaderOf((ids) => Promise.resolve(ids.map(({ level, index }) => tiles.get(`${level}/${index}`)!)));
  const noteAt = (size: number): string =>
    signCheckpoint({ origin, size, root: merkleRoot(leaves.slice(0, size)) }, privateKey);
  const header = { rescind_export: 1, business_id: BUSINESS, origin, first_sequence: 1, last_sequence: 5, vkey } as const;
  const line = (sequence: number): string => eventLine(texts[sequence - 1]!, base64(leaves[sequence - 1]!));
  const gap = async (from: number, to: number): Promise<string> =>
    gapLine({ reason: 'skipped', from, to, subtrees: await readSubtrees(read, from - 1, to) });
  const receipt = {
    iss: 'https://tokens.example.com',
    iat: 1769860810,
    sub: TOKEN,
    token_jti: '4bX0Qm2vTqLw8ZkR1nYc7D',
    business_id: BUSINESS,
    revoked_at: EVENTS[2]!.occurred_at,
    revoked_by: 'platform',
    revocation_reason: EVENTS[2]!.reason,
    audit: { origin, event_id: EVENTS[2]!.id, sequence: 3, leaf_hash: base64(leaves[2]!) },
    barrier: {
      verifiers_registered: 2,
      verifiers_acknowledged: 1,
      verifiers_waited_out: 1,
      duration_ms: 1012.5,
      acknowledged: ['0199c0de-0000-7000-8000-0000000000f1'],
      waited_out: ['0199c0de-0000-7000-8000-0000000000f2'],
      confirmed_at: '2026-01-31T12:00:04.013Z',
    },
  };
  return {
    key: {
      seed_hex: SEED.toString('hex'),
      public_raw_base64: Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString('base64'),
      public_pem: keys.publicPem,
      kid: keys.kid,
      vkey,
    },
    log: { log_name: LOG_NAME, business_id: BUSINESS, origin },
    events: EVENTS.map((each, index) => ({
      event: each,
      canonical: texts[index],
      leaf_hash: base64(leaves[index]!),
      mac_hex: macs.macOf(BUSINESS, each.sequence, leaves[index]!).toString('hex'),
    })),
    roots: [0, 1, 2, 3, 4, 5].map((size) => base64(merkleRoot(leaves.slice(0, size)))),
    checkpoints: { 3: noteAt(3), 5: noteAt(5) },
    consistency_3_5: (await consistencyProof(read, 3, 5)).map(base64),
    tlog_proof_of_3: formatTlogProof({
      extra: null,
      leafIndex: 2,
      hashes: await inclusionProof(read, 2, 5),
      checkpoint: noteAt(5),
    }),
    receipt: {
      claims: receipt,
      jws: await new CompactSign(Buffer.from(JSON.stringify(receipt)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'rescind-receipt+jwt', kid: keys.kid })
        .sign(privateKey),
    },
    exports: {
      complete: [headerLine({ ...header, complete: true, filter: null }), ...[1, 2, 3, 4, 5].map(line), checkpointLine(noteAt(5))].join(''),
      filtered: [
        headerLine({ ...header, complete: false, filter: 'action=token.revoked' }),
        await gap(1, 2),
        line(3),
        await gap(4, 5),
        checkpointLine(noteAt(5)),
      ].join(''),
    },
  };
} // prettier-ignore
