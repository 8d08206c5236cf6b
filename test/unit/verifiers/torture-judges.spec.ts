import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../guarantees/torture/', import.meta.url);
const load = async <Module>(name: string): Promise<Module> =>
  (await import(new URL(name, folder).href)) as Module;

interface HistoryLike {
  addToken(token: Record<string, unknown>): number;
  addChange(change: Record<string, unknown>): void;
  addVerification(verification: Record<string, unknown>): void;
}
type Windows = object;
interface Violation {
  kind: string;
}

const { History } = await load<{ History: new () => HistoryLike }>('history.mjs');
const { FaultWindows } = await load<{
  FaultWindows: new (faults: object[], leaseMs: number, verifiers: number) => Windows;
}>('fault-windows.mjs');
const { checkAvailability } = await load<{
  checkAvailability: (history: HistoryLike, windows: Windows, leaseMs: number) => Violation[];
}>('availability.mjs');
const { checkReceipts } = await load<{
  checkReceipts: (history: HistoryLike, registry: object, verifiers: object[]) => Violation[];
}>('receipts.mjs');

const LEASE_MS = 500;
const kindsOf = (violations: Violation[]): string[] => violations.map(({ kind }) => kind);
const receipt = (registered: number, waitedOut = 0, durationMs = 10) => ({
  verifiers_registered: registered,
  verifiers_acknowledged: registered - waitedOut,
  verifiers_waited_out: waitedOut,
  duration_ms: durationMs,
});

describe('the judge of availability', () => {
  const judging = (tell: (history: HistoryLike) => void, faults: object[] = []): string[] => {
    const history = new History();
    history.addToken({ id: 't', owner: 'o', business: 'b' });
    tell(history);
    return kindsOf(checkAvailability(history, new FaultWindows(faults, LEASE_MS, 2), LEASE_MS));
  };
  const answers = (history: HistoryLike, verifier: number, outcome: string, count: number, fromMs = 0) => {
    for (let ms = fromMs; ms < fromMs + count; ms++)
      history.addVerification({ token: 0, verifier, way: 'verify', outcome, startMs: ms, endMs: ms + 1 });
  };
  const revocations = (history: HistoryLike, count: number, tookMs: number, facts: object) => {
    for (let ms = 0; ms < count; ms++)
      history.addChange({
        kind: 'revoke',
        ok: true,
        verifier: 0,
        startMs: ms,
        endMs: ms + tookMs,
        receipt: facts,
      });
  };

  it.each(['unavailable', 'unanswered'])(
    'finds a verifier whose answers are %s though nothing is wrong',
    (outcome) => {
      const found = judging((history) => {
        answers(history, 0, 'active', 1000);
        answers(history, 1, outcome, 20);
      });
      expect(found).toEqual(['unavailable-when-calm']);
    },
  );

  it.each([
    ['of its own', 1, []],
    ['of the database', 'database', []],
    ['of another verifier', 0, ['unavailable-when-calm']],
  ])('excuses it for a fault %s, and until it has recovered', (_, target, expected) => {
    const faults = [{ name: 'cut', target, fromMs: 0, untilMs: 10 }];
    expect(judging((history) => answers(history, 1, 'unavailable', 1000), faults)).toEqual(expected);
    const late = judging((history) => answers(history, 1, 'unavailable', 1000, 60_000), faults);
    expect(late).toEqual(['unavailable-when-calm']);
  });

  it('excuses a client verifier for whatever happens to anybody, and no server for what happens to it', () => {
    const child = 100;
    const judged = (verifier: number, target: number | string): string[] =>
      judging(
        (history) => answers(history, verifier, 'unavailable', 1000),
        [{ name: 'cut', target, fromMs: 0, untilMs: 10 }],
      );
    for (const target of [0, 1, 'database', 'children', child]) expect(judged(child, target)).toEqual([]);
    for (const target of [child, 'children']) expect(judged(0, target)).toEqual(['unavailable-when-calm']);
  });

  it('finds revocations that wait out leases though nobody is under a fault', () => {
    expect(judging((history) => revocations(history, 50, 600, receipt(3, 1)))).toEqual([
      'revocation-slow-when-calm',
    ]);
  });

  it('finds revocations that take many times as long as issuing', () => {
    const found = judging((history) => {
      revocations(history, 50, 400, receipt(3));
      for (let ms = 0; ms < 50; ms++)
        history.addChange({ kind: 'issue', ok: true, startMs: ms, endMs: ms + 20 });
    });
    expect(found).toEqual(['revocation-slow-when-calm']);
  });

  it('finds revocations that take longer than a lease where nothing was wrong, whatever happens elsewhere', () => {
    const faults = [{ name: 'freeze', target: 1, fromMs: 0, untilMs: 5000 }];
    expect(judging((history) => revocations(history, 50, 700, receipt(2, 1, 600)), faults)).toEqual([]);
    expect(judging((history) => revocations(history, 50, 3000, receipt(2, 1, 2500)), faults)).toEqual([
      'revocation-late',
    ]);
  });

  it('does not take a machine for a slow protocol that has no time for issuing either', () => {
    const faults = [{ name: 'freeze', target: 1, fromMs: 0, untilMs: 5000 }];
    const found = (issueMs: number) =>
      judging((history) => {
        revocations(history, 50, 1500, receipt(2, 1, 1200));
        for (let ms = 0; ms < 50; ms++)
          history.addChange({ kind: 'issue', ok: true, startMs: ms, endMs: ms + issueMs });
      }, faults);
    expect(found(20)).toEqual(['revocation-late']);
    expect(found(1500)).toEqual([]);
  });
});

describe('the judge of receipts', () => {
  const row = (pid: number) => ({ pid });
  /** Rows that were registered all the time, and rows that were so for a part of it. */
  const judging = (
    facts: object,
    present: number[],
    passing: number[] = [],
    stopped: number[] = [],
  ): string[] => {
    const history = new History();
    history.addChange({ kind: 'revoke', ok: true, verifier: 0, startMs: 100, endMs: 700, receipt: facts });
    const registry = {
      presentThroughout: () => present.map(row),
      presentAtSomeTime: () => [...present, ...passing].map(row),
    };
    const stops = stopped.map((pid) => ({ pids: [pid], fromMs: 0, untilMs: 1000 }));
    return kindsOf(checkReceipts(history, registry, [{ mainPids: [1], hasWorkers: false, stops }]));
  };

  it('accepts one that counts who was there', () => {
    expect(judging(receipt(2), [1, 2])).toEqual([]);
    expect(judging(receipt(2), [1], [2])).toEqual([]);
    expect(judging(receipt(1), [1], [2])).toEqual([]);
    expect(judging(receipt(2, 1), [1], [2], [2])).toEqual([]);
  });

  it('finds one that omits a verifier', () => {
    expect(judging(receipt(1), [1, 2])).toEqual(['receipt-omits-a-verifier']);
  });

  it('finds one that counts more than there were', () => {
    expect(judging(receipt(3, 1), [1], [2])).toEqual(['receipt-invents-a-verifier']);
  });

  it('finds one that claims the acknowledgement of a process that stood still', () => {
    expect(judging(receipt(2), [1], [2], [2])).toEqual(['receipt-claims-an-acknowledgement']);
  });

  it('finds one that does not add up', () => {
    expect(judging({ ...receipt(2), verifiers_acknowledged: 1 }, [1, 2])).toEqual([
      'receipt-does-not-add-up',
    ]);
  });

  it('lets the answering process count itself while it has not learned that it was expelled', () => {
    expect(judging(receipt(2), [2])).toEqual([]);
    expect(judging(receipt(3, 1), [2])).toEqual(['receipt-invents-a-verifier']);
  });
});

describe('the sabotages', () => {
  it('are of files that there are', () => {
    const text = ['sabotages.mjs', 'child-sabotages.mjs', 'patches.mjs']
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join();
    const named = (from: RegExp, sources: string): string[] =>
      [...text.matchAll(from)].map(([, name]) => `../../../${sources}/${name}.ts`);
    const files = [
      ...named(/dist\('([\w/.-]+)\.js'\)/g, 'src'),
      ...named(/verifierPackage\('([\w/.-]+)\.js'\)/g, 'packages/verifier/src'),
    ];
    expect(files.length).toBeGreaterThan(12);
    for (const file of files)
      expect([file, existsSync(new URL(file, import.meta.url))]).toEqual([file, true]);
  });
});
