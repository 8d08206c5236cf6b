type Outcome =
  | 'active'
  | 'revoked'
  | 'expired'
  | 'suspended'
  | 'unknown'
  | 'exhausted'
  | 'denied'
  | 'inactive'
  | 'ip_not_allowed'
  | 'unavailable'
  | 'unanswered';
interface HistoryLike {
  addToken(token: {
    id: string;
    owner: string;
    business: string;
    replaces?: number | null;
    usesMax?: number;
  }): number;
  addChange(change: Record<string, unknown>): void;
  addVerification(verification: Record<string, unknown>): void;
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
const TOKEN = { id: 't', owner: 'o', business: 'b' };

/** Writes down that the token was asked about. */
type Seen = (verifier: number, outcome: Outcome, startMs: number, endMs: number, way?: string) => void;

/** A history of one token, and what the checker says of it. */
function judging(
  tell: (history: HistoryLike, token: number, seen: Seen) => void,
  more: { usesMax?: number } = {},
): string[] {
  const history = new History();
  const token = history.addToken({ ...TOKEN, ...more });
  tell(history, token, (verifier, outcome, startMs, endMs, way = 'verify') =>
    history.addVerification({ token, verifier, way, outcome, startMs, endMs }),
  );
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
    const found = judging((history, token, seen) => {
      history.addChange(change('revoke', 10, 20, { token }));
      seen(0, 'active', 20.001, 21);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('lets a verification that overlaps the revocation answer either way', () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('revoke', 10, 20, { token }));
      seen(0, 'active', 19.999, 400);
      seen(1, 'revoked', 11, 12);
    });
    expect(found).toEqual([]);
  });

  it('demands nothing of a revocation that had no answer, until it was seen', () => {
    const unseen = judging((history, token, seen) => {
      history.addChange(change('revoke', 10, Infinity, { token, ok: false }));
      seen(0, 'active', 1000, 1001);
    });
    expect(unseen).toEqual([]);
    const known = judging((history, token, seen) => {
      history.addChange(change('revoke', 10, Infinity, { token, ok: false }));
      seen(0, 'revoked', 50, 60);
      seen(1, 'active', 500, 501);
      seen(1, 'active', 600, 601);
    });
    expect(known).toEqual(['active-after-refusal']);
  });

  it("gives an operator's UPDATE one lease term", () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('operator-revoke', 10, 20, { token }));
      seen(0, 'active', 500, 501);
      seen(0, 'active', 541, 542);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('knows the end of a rotation grace', () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('rotate', 10, 20, { token, graceMs: 1000 }));
      seen(0, 'active', 900, 901);
      seen(0, 'active', 1041, 1042);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('ends every token of an owner that was ended', () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('end-owner', 10, 20, { owner: 'o' }));
      seen(0, 'active', 21, 22);
    });
    expect(found).toEqual(['active-after-refusal']);
  });

  it('judges a suspension only where it was certain', () => {
    const found = judging((history, _token, seen) => {
      history.addChange(change('begin', 10, 20, { condition: 'suspended', subject: 'b' }));
      history.addChange(change('end', 100, 110, { condition: 'suspended', subject: 'b' }));
      seen(0, 'active', 15, 30);
      seen(0, 'active', 30, 105);
      seen(0, 'active', 111, 112);
      seen(0, 'suspended', 12, 13);
      seen(0, 'active', 30, 99);
    });
    expect(found).toEqual(['active-while-suspended']);
  });

  it.each(['revoked', 'expired', 'suspended', 'unknown'] as const)(
    'finds a good token that was answered %s before anything had begun',
    (outcome) => {
      const found = judging((history, token, seen) => {
        history.addChange(change('revoke', 10, 20, { token }));
        seen(0, outcome, 1, 2);
      });
      expect(found).toEqual(['refused-without-cause']);
    },
  );

  it('knows that revoking a successor ends the grace of what it replaced', () => {
    const found = judging((history, token, seen) => {
      const successor = history.addToken({ ...TOKEN, id: 'u', replaces: token });
      history.addChange(change('revoke', 10, 20, { token: successor }));
      seen(0, 'revoked', 11, 12);
    });
    expect(found).toEqual([]);
  });

  it.each([
    ['demoted', 'o', 'scoped', 'denied'],
    ['bound', 'o', 'addressed', 'ip_not_allowed'],
    ['suspended', 'b', 'introspect', 'inactive'],
  ] as const)(
    'judges what was %s in the ways of asking in which that shows',
    (condition, subject, way, refusal) => {
      const found = judging((history, _token, seen) => {
        history.addChange(change('begin', 10, 20, { condition, subject }));
        history.addChange(change('end', 100, 110, { condition, subject }));
        seen(0, refusal, 1, 2, way);
        seen(0, refusal, 15, 30, way);
        seen(0, 'active', 30, 99, way);
        seen(0, 'active', 111, 112, way);
      });
      expect(found).toEqual(['refused-without-cause', `active-while-${condition}`]);
    },
  );

  it('believes nobody who believes a primary that is cut off', () => {
    const found = judging((history, _token, seen) => {
      history.addChange(change('begin', 10, 510, { condition: 'cut-off', subject: 'primary' }));
      history.addChange(change('end', 1000, 1000, { condition: 'cut-off', subject: 'primary' }));
      seen(0, 'active', 400, 600);
      seen(0, 'active', 600, 601);
    });
    expect(found).toEqual(['active-while-cut-off']);
  });

  it('does not take a refusal without a reason for one of another kind', () => {
    const found = judging((history, _token, seen) => {
      history.addChange(change('begin', 1, 2, { condition: 'demoted', subject: 'o' }));
      seen(0, 'inactive', 3, 4, 'scoped');
      seen(0, 'denied', 3, 4, 'verify');
    });
    expect(found).toEqual(['refused-without-cause', 'refused-without-cause']);
  });

  it('counts the uses of a token that has few, and what may have been lost with an answer', () => {
    const found = judging(
      (_history, _token, seen) => {
        seen(0, 'active', 1, 2);
        seen(1, 'exhausted', 1, 3);
        seen(1, 'active', 2, 3);
      },
      { usesMax: 1 },
    );
    expect(found).toEqual(['used-too-often']);
    const lost = judging(
      (_history, _token, seen) => {
        seen(0, 'exhausted', 2, 3);
        seen(1, 'unanswered', 1, 900);
      },
      { usesMax: 1 },
    );
    expect(lost).toEqual([]);
    const early = judging(
      (_history, _token, seen) => {
        seen(0, 'exhausted', 1, 2);
        seen(0, 'active', 3, 4);
      },
      { usesMax: 1 },
    );
    expect(early).toEqual(['refused-without-cause']);
  });

  it('learns nothing of the token from an answer that says nothing of it', () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('revoke', 10, 20, { token }));
      seen(0, 'unavailable', 1, 2);
      seen(0, 'unanswered', 30, 31);
    });
    expect(found).toEqual([]);
  });

  it('keeps long histories whole', () => {
    const found = judging((history, token, seen) => {
      history.addChange(change('revoke', 1e9, 1e9 + 1, { token }));
      for (let ms = 0; ms < 200_000; ms++) seen(0, 'active', ms, ms + 0.5);
      seen(0, 'active', 2e9, 2e9 + 1);
    });
    expect(found).toHaveLength(1);
  });
});
