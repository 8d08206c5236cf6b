type Outcome = 'active' | 'revoked' | 'expired' | 'suspended' | 'unknown';
interface HistoryLike {
  addToken(token: {
    id: string;
    jti: string;
    owner: string;
    business: string;
    replaces?: number | null;
  }): number;
  addChange(change: Record<string, unknown>): void;
  addVerification(token: number, verifier: number, outcome: Outcome, startMs: number, endMs: number): void;
}
interface Judgement {
  violations: { kind: string; token: number }[];
}

const folder = new URL('../../guarantees/torture/', import.meta.url);
const { History } = (await import(new URL('history.mjs', folder).href)) as { History: new () => HistoryLike };
const { checkHistory } = (await import(new URL('history-checker.mjs', folder).href)) as {
  checkHistory: (history: HistoryLike, leaseMs: number) => Judgement;
};

const LEASE_MS = 500;

/** A history of one token, and what the checker says of it. */
function judging(tell: (history: HistoryLike, token: number) => void): string[] {
  const history = new History();
  const token = history.addToken({ id: 't', jti: 'j', owner: 'o', business: 'b' });
  tell(history, token);
  return checkHistory(history, LEASE_MS).violations.map(({ kind }) => kind);
}

const change = (kind: string, startMs: number, endMs: number, rest: Record<string, unknown> = {}) => ({
  kind,
  startMs,
  endMs,
  ok: true,
  ...rest,
});

describe('the history checker', () => {
  it('finds a verification that started after the revocation was answered', () => {
    const found = judging((history, token) => {
      history.addChange(change('revoke', 10, 20, { token }));
      history.addVerification(token, 0, 'active', 20.001, 21);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('lets a verification that overlaps the revocation answer either way', () => {
    const found = judging((history, token) => {
      history.addChange(change('revoke', 10, 20, { token }));
      history.addVerification(token, 0, 'active', 19.999, 400);
      history.addVerification(token, 1, 'revoked', 11, 12);
    });
    expect(found).toEqual([]);
  });

  it('demands nothing of a revocation that had no answer, until it was seen', () => {
    const unseen = judging((history, token) => {
      history.addChange(change('revoke', 10, Infinity, { token, ok: false }));
      history.addVerification(token, 0, 'active', 1000, 1001);
    });
    expect(unseen).toEqual([]);
    const seen = judging((history, token) => {
      history.addChange(change('revoke', 10, Infinity, { token, ok: false }));
      history.addVerification(token, 0, 'revoked', 50, 60);
      history.addVerification(token, 1, 'active', 500, 501);
      history.addVerification(token, 1, 'active', 600, 601);
    });
    expect(seen).toEqual(['active-after-refusal']);
  });

  it("gives an operator's UPDATE one lease term", () => {
    const found = judging((history, token) => {
      history.addChange(change('operator-revoke', 10, 20, { token }));
      history.addVerification(token, 0, 'active', 500, 501);
      history.addVerification(token, 0, 'active', 541, 542);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('knows the end of a rotation grace', () => {
    const found = judging((history, token) => {
      history.addChange(change('rotate', 10, 20, { token, graceMs: 1000 }));
      history.addVerification(token, 0, 'active', 900, 901);
      history.addVerification(token, 0, 'active', 1041, 1042);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('ends every token of an owner that was ended', () => {
    const found = judging((history, token) => {
      history.addChange(change('end-owner', 10, 20, { owner: 'o' }));
      history.addVerification(token, 0, 'active', 21, 22);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('judges a suspension only where it was certain', () => {
    const found = judging((history, token) => {
      history.addChange(change('suspend', 10, 20, { business: 'b' }));
      history.addChange(change('resume', 100, 110, { business: 'b' }));
      history.addVerification(token, 0, 'active', 15, 30);
      history.addVerification(token, 0, 'active', 30, 105);
      history.addVerification(token, 0, 'active', 111, 112);
      history.addVerification(token, 0, 'suspended', 12, 13);
      history.addVerification(token, 0, 'active', 30, 99);
    });
    expect(found).toEqual(['active-while-suspended']);
  });

  it.each(['revoked', 'expired', 'suspended', 'unknown'] as const)(
    'finds a good token that was answered %s before anything had begun',
    (outcome) => {
      const found = judging((history, token) => {
        history.addChange(change('revoke', 10, 20, { token }));
        history.addVerification(token, 0, outcome, 1, 2);
      });
      expect(found).toEqual(['refused-without-cause']);
    },
  );

  it('knows that revoking a successor ends the grace of what it replaced', () => {
    const history = new History();
    const old = history.addToken({ id: 't', jti: 'j', owner: 'o', business: 'b' });
    const successor = history.addToken({ id: 'u', jti: 'k', owner: 'o', business: 'b', replaces: old });
    history.addChange(change('revoke', 10, 20, { token: successor }));
    history.addVerification(old, 0, 'revoked', 11, 12);
    expect(checkHistory(history, LEASE_MS).violations).toEqual([]);
  });

  it('keeps long histories whole', () => {
    const history = new History();
    const token = history.addToken({ id: 't', jti: 'j', owner: 'o', business: 'b' });
    history.addChange(change('revoke', 1e9, 1e9 + 1, { token }));
    for (let ms = 0; ms < 200_000; ms++) history.addVerification(token, 0, 'active', ms, ms + 0.5);
    history.addVerification(token, 0, 'active', 2e9, 2e9 + 1);
    expect(checkHistory(history, LEASE_MS).violations).toHaveLength(1);
  });
});
