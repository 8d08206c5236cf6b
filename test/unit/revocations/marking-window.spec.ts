import { MarkingWindow, spread, TOKENS_A_WINDOW } from '../../../src/revocations/cut-offs/cut-off-marking.js';
import type { MarkingRow } from '../../../src/revocations/cut-offs/cut-offs.repository.js';

const LOG = 'a log';
const BEGINNING: MarkingRow = {
  id: 'a cut-off',
  number: '1',
  businessId: LOG,
  shape: 'business',
  subject: LOG,
  notBefore: new Date(),
  revokedBy: 'somebody',
  reason: null,
  log: null,
  createdAt: null,
  tokenId: null,
};

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('the tokens that are marked in one transaction', () => {
  it('are spread over the whole window, each token in one of them, and no more than asked for', () => {
    const parts = spread(ids(2000), 250);
    expect(parts).toHaveLength(8);
    expect(parts[0]?.slice(0, 3)).toEqual(['0', '8', '16']);
    expect(parts.flat().sort()).toEqual(ids(2000).sort());
    for (const count of [1, 249, 250, 251, 1999]) {
      const each = spread(ids(count), 250);
      expect(Math.max(...each.map((part) => part.length))).toBeLessThanOrEqual(250);
      expect(each.flat().sort()).toEqual(ids(count).sort());
    }
    expect(spread([], 250)).toEqual([]);
  });

  it('are the next ones only when the ones before are committed, and there is an end', () => {
    const last = { id: '299', createdAt: new Date(1) };
    const window = new MarkingWindow(BEGINNING, LOG, { ids: ids(300), count: TOKENS_A_WINDOW, last }, 250);
    const first = window.due;
    expect(window.due).toBe(first);
    expect([first.length, window.isLastPart]).toEqual([150, false]);
    window.moveOn();
    expect([window.due.length, window.isLastPart, window.end]).toEqual([150, true, last]);
    expect(window.due.some((id) => first.includes(id))).toBe(false);
  });

  it('are none where everything is marked already, and the walk goes on', () => {
    const last = { id: 'x', createdAt: new Date(1) };
    const window = new MarkingWindow(BEGINNING, LOG, { ids: [], count: TOKENS_A_WINDOW, last }, 250);
    expect([window.due, window.isLastPart, window.end]).toEqual([[], true, last]);
    const short = new MarkingWindow(BEGINNING, LOG, { ids: [], count: 3, last }, 250);
    expect([short.due, short.isLastPart, short.end]).toEqual([[], true, null]);
  });

  it('are those of another window once the position of the marking is another', () => {
    const createdAt = new Date(5);
    const window = new MarkingWindow(BEGINNING, LOG, { ids: ids(2), count: 2, last: null }, 250);
    expect(window.beginsAt(BEGINNING, LOG)).toBe(true);
    expect(window.beginsAt(BEGINNING, 'another log')).toBe(false);
    expect(window.beginsAt({ ...BEGINNING, log: LOG, createdAt, tokenId: '1' }, LOG)).toBe(false);
    const later = { ...BEGINNING, log: LOG, createdAt, tokenId: '1' };
    const next = new MarkingWindow(later, LOG, { ids: [], count: 0, last: null }, 250);
    expect(next.beginsAt({ ...later, createdAt: new Date(5) }, LOG)).toBe(true);
    expect(next.beginsAt({ ...later, tokenId: '2' }, LOG)).toBe(false);
  });
});
