import type { BarrierProgress } from '../../../src/lease/barrier-progress.js';
import { RevocationLines } from '../../../src/revocations/progress/revocation-progress.js';

const FACTS = { id: 'a token', revokedAt: new Date(), auditSequence: 1 };
const progress = (clientVerifiers: number): BarrierProgress => ({ verifiers: [], clientVerifiers });

describe('the lines of a revocation', () => {
  it('begin with the commit, whatever was told before it', async () => {
    const lines = new RevocationLines<string, string>();
    lines.waiting(progress(1));
    const begun = lines.begun();
    lines.committed(FACTS);
    lines.committed({ ...FACTS, id: 'another' });
    await begun;
    const read = lines.read();
    expect((await read.next()).value).toEqual({ kind: 'committed', facts: FACTS });
    expect((await read.next()).value).toEqual({ kind: 'waiting', progress: progress(1) });
  });

  it('wait for what is told, and end with its end', async () => {
    const lines = new RevocationLines<string, string>();
    lines.committed(FACTS);
    const read = lines.read();
    await read.next();
    const next = read.next();
    lines.waiting(progress(1));
    expect((await next).value).toEqual({ kind: 'waiting', progress: progress(1) });
    const last = read.next();
    lines.finish({ kind: 'done', answer: 'everywhere' });
    expect((await last).value).toEqual({ kind: 'done', answer: 'everywhere' });
    expect((await read.next()).done).toBe(true);
  });

  it('keep for a slow reader the latest state alone, and the end', async () => {
    const lines = new RevocationLines<string, string>();
    lines.committed(FACTS);
    for (let n = 0; n < 1000; n++) lines.waiting(progress(n));
    lines.finish({ kind: 'failed', failure: 'unconfirmed' });
    const all: unknown[] = [];
    for await (const each of lines.read()) all.push(each);
    expect(all).toEqual([
      { kind: 'committed', facts: FACTS },
      { kind: 'waiting', progress: progress(999) },
      { kind: 'failed', failure: 'unconfirmed' },
    ]);
  });

  it('are none of what ended before it was committed, even if it is told of a commit later', async () => {
    const lines = new RevocationLines<string, string>();
    const begun = lines.begun();
    lines.finish(null);
    lines.committed(FACTS);
    await begun;
    expect(lines.isCommitted).toBe(false);
    expect((await lines.read().next()).done).toBe(true);
  });
});
