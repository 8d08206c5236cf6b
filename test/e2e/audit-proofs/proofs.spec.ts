import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { openCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { parsePublicKey, parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { consistencyHolds } from '../../../src/log-format/transparency/proof-verification.js';
import { verifyTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import type { Api } from '../../support/api.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';

const audit = '/api/v1/audit';

async function text(api: Api, path: string): Promise<string> {
  const { status, body } = await api.get<string>(path);
  expect(status).toBe(200);
  return body;
}

describe('proofs of the log', () => {
  it('prove every event under a checkpoint that the key of this business alone has signed', async () => {
    const business = await aBusiness();
    for (let i = 0; i < 3; i += 1) await aToken(business);
    const key = (await business.api.get(`${audit}/key`)).body;
    const keys = [parseVkey(key.vkey as string)];
    const { items } = (await business.api.get(`${audit}/events`, { order: 'oldest' })).body as {
      items: AuditEvent[];
    };
    expect(items.length).toBeGreaterThan(5);
    for (const event of items) {
      const proof = await text(business.api, `${audit}/events/${event.id}/proof`);
      expect(verifyTlogProof(proof, leafHash(canonicalEvent(event)), keys)).toMatchObject({
        origin: key.origin,
      });
      expect(
        verifyTlogProof(proof, leafHash(canonicalEvent({ ...event, reason: 'other' })), keys),
      ).toBeNull();
    }
    const other = await aBusiness();
    const foreign = (await other.api.get(`${audit}/key`)).body;
    const note = await text(business.api, `${audit}/checkpoint`);
    expect(() => openCheckpoint(note, [parseVkey(foreign.vkey as string)])).toThrow();
    expect(openCheckpoint(note, [parsePublicKey(key.public_key as string)]).origin).toBe(key.origin);
  });

  it('show that the log only grew, from every size to every later one', async () => {
    const business = await aBusiness();
    const first = await text(business.api, `${audit}/checkpoint`);
    for (let i = 0; i < 4; i += 1) await aToken(business);
    const second = await text(business.api, `${audit}/checkpoint`);
    const { vkey } = (await business.api.get(`${audit}/key`)).body;
    const [from, to] = [first, second].map((note) => openCheckpoint(note, [parseVkey(vkey as string)]));
    const { body } = await business.api.get(`${audit}/consistency`, { from: from!.size, to: to!.size });
    const proof = (body.proof as string[]).map((hash) => Buffer.from(hash, 'base64'));
    expect(
      consistencyHolds({
        oldSize: from!.size,
        newSize: to!.size,
        oldRoot: from!.root,
        newRoot: to!.root,
        proof,
      }),
    ).toBe(true);
    const refused: Record<string, number>[] = [
      { from: 0 },
      { from: to!.size + 1 },
      { from: 1, to: to!.size + 1 },
      { from: 2, to: 1 },
    ];
    for (const query of refused)
      expect((await business.api.get(`${audit}/consistency`, query)).status).toBe(422);
  });

  it('are the same for the same size, however many ask at once', async () => {
    const business = await aBusiness();
    const notes = await Promise.all(
      Array.from({ length: 8 }, () => text(business.api, `${audit}/checkpoint`)),
    );
    expect(new Set(notes).size).toBe(1);
  });

  it('exist for the log of the platform too', async () => {
    const api = await platform();
    const { items } = (await api.get('/api/v1/admin/audit/events', { business_id: 'platform', limit: 1 }))
      .body as {
      items: AuditEvent[];
    };
    const event = items[0] as AuditEvent;
    const { vkey } = (await api.get('/api/v1/admin/audit/key')).body;
    const proof = await text(api, `/api/v1/admin/audit/events/${event.id}/proof`);
    expect(
      verifyTlogProof(proof, leafHash(canonicalEvent(event)), [parseVkey(vkey as string)]),
    ).not.toBeNull();
  });

  it('of a foreign event are refused like those of a missing one', async () => {
    const [business, other] = [await aBusiness(), await aBusiness()];
    const { items } = (await business.api.get(`${audit}/events`)).body as { items: AuditEvent[] };
    const foreign = await other.api.get(`${audit}/events/${items[0]!.id}/proof`);
    const missing = await other.api.get(`${audit}/events/0199c0de-0000-7000-8000-000000000000/proof`);
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' });
  });
});
