import type { BarrierProgress } from '../../../src/lease/barrier-progress.js';
import type { RevocationFailedDto } from '../../../src/revocations/progress/revocation-progress.dto.js';
import { RevocationLines } from '../../../src/revocations/progress/revocation-progress.js';

const FACTS = { id: 'a token', revokedAt: new Date(), auditSequence: 1 };
const progress = (clientVerifiers: number): BarrierProgress => ({ verifiers: [], clientVerifiers });
const waiting = (clientVerifiers: number) =>
  expect.objectContaining({ state: 'waiting', client_verifiers: clientVerifiers });
const COMMITTED = {
  state: 'committed',
  id: 'a token',
  revoked_at: FACTS.revokedAt.toISOString(),
  audit_sequence: 1,
};
const DONE = { state: 'done' as const, answer: { everywhere: true } };
const FAILED = {
  state: 'failed' as const,
  status: 503,
  retry_after_seconds: 1,
  error: {} as RevocationFailedDto['error'],
};

describe('the lines of a revocation', () => {
  it('begin with the commit, whatever was told before it', async () => {
    const lines = new RevocationLines();
    lines.waiting(progress(1));
    const begun = lines.begun();
    lines.committed(FACTS);
    lines.committed({ ...FACTS, id: 'another' });
    await begun;
    const read = lines.read();
    expect((await read.next()).value).toEqual(COMMITTED);
    expect((await read.next()).value).toEqual(waiting(1));
  });

  it('wait for what is told, and end with its end', async () => {
    const lines = new RevocationLines();
    lines.committed(FACTS);
    const read = lines.read();
    await read.next();
    const next = read.next();
    lines.waiting(progress(1));
    expect((await next).value).toEqual(waiting(1));
    const last = read.next();
    lines.finish(DONE);
    expect((await last).value).toEqual(DONE);
    expect((await read.next()).done).toBe(true);
  });

  it('keep for a slow reader the latest state alone, and the end', async () => {
    const lines = new RevocationLines();
    lines.committed(FACTS);
    for (let n = 0; n < 1000; n++) lines.waiting(progress(n));
    lines.finish(FAILED);
    const all: unknown[] = [];
    for await (const each of lines.read()) all.push(each);
    expect(all).toEqual([COMMITTED, waiting(999), FAILED]);
  });

  it('are none of what ended before it was committed, even if it is told of a commit later', async () => {
    const lines = new RevocationLines();
    const begun = lines.begun();
    lines.finish(null);
    lines.committed(FACTS);
    await begun;
    expect(lines.isCommitted).toBe(false);
    expect((await lines.read().next()).done).toBe(true);
  });
});
