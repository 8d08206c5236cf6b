import { HeldBack, isVisibleIn, parseSnapshot } from '../../../src/lease/snapshot.js';

describe('what is held back is not confirmed', () => {
  const released: unknown[] = [];
  let held: HeldBack;
  beforeEach(() => {
    released.length = 0;
    held = new HeldBack((what) => released.push(what));
  });
  const read = parseSnapshot('100:110:103,107');

  it('a transaction stands among those in progress, and nothing else does', () => {
    held.hold(105n);
    held.hold(50n);
    const confirmed = held.confirmed(read);
    expect(confirmed).toEqual(parseSnapshot('50:110:50,103,105,107'));
    for (let transaction = 1n; transaction < 120n; transaction++)
      expect([transaction, isVisibleIn(transaction, confirmed)]).toEqual([
        transaction,
        isVisibleIn(transaction, read) && transaction !== 105n && transaction !== 50n,
      ]);
  });

  it('what has not been read yet is not mentioned', () => {
    held.hold(110n);
    expect(held.confirmed(read)).toBe(read);
  });

  it('as long as anybody holds it', () => {
    held.hold(105n);
    held.hold(105n);
    held.release(105n);
    expect(isVisibleIn(105n, held.confirmed(read))).toBe(false);
    expect(released).toEqual([]);
    held.release(105n);
    expect(held.confirmed(read)).toBe(read);
    expect(released).toEqual([105n]);
    held.release(105n);
    expect(released).toEqual([105n]);
  });

  it('when it is not known what, nothing is confirmed beyond what was', () => {
    const before = parseSnapshot('90:95:');
    const everything = held.freezeAt(before);
    held.hold(everything);
    expect(held.confirmed(read)).toBe(before);
    expect(held.freezeAt(parseSnapshot('91:96:'))).toBe(everything);
    held.release(everything);
    expect(held.confirmed(read)).toBe(read);
    // What nobody had to hold keeps nothing back, then or later.
    held.freezeAt(before);
    expect(held.confirmed(read)).toBe(read);
    held.hold(held.freezeAt(read));
    expect(held.confirmed(parseSnapshot('120:120:'))).toBe(read);
  });
});
