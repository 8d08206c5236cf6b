import { checkpointLine } from '../../../src/log-format/export-format.js';
import { SampleLog } from './sample-log.js';
import { failuresOf, verifyLines } from './verify-lines.js';

const SIZE = 50;
const log = new SampleLog(SIZE);
const end = checkpointLine(log.note());

describe('an untampered export', () => {
  it.each([0, 1, 2, 3, 255, 256, 257])('that is complete is proven wholly, with %i events', async (size) => {
    const other = new SampleLog(size, size % 2 === 0 ? null : undefined);
    const report = await verifyLines(other, other.complete(), {
      requireComplete: true,
      origin: other.origin,
    });
    expect(failuresOf(report)).toEqual([]);
    expect(report).toMatchObject({ verified: true, size, events: size, events_proven: size });
    expect(report.proven).toEqual(size === 0 ? [] : [[1, size]]);
  });

  it('that resumes at any sequence, or is any part, is proven against the whole log', async () => {
    for (const [first, last] of [
      [2, SIZE],
      [33, SIZE],
      [34, SIZE],
      [50, 50],
      [1, 1],
      [7, 20],
    ] as const) {
      const lines = [log.header({ first_sequence: first, last_sequence: last })];
      if (first > 1) lines.push(log.gapLine('skipped', 1, first - 1));
      lines.push(...log.eventLines(first, last));
      if (last < SIZE) lines.push(log.gapLine('skipped', last + 1, SIZE));
      const report = await verifyLines(log, [...lines, end]);
      expect(failuresOf(report)).toEqual([]);
      expect(report.proven).toEqual([[first, last]]);
      const refused = await verifyLines(log, [...lines, end], { requireComplete: true });
      expect(failuresOf(refused)).toEqual(['incomplete']);
    }
  });

  it('that is filtered is proven against the whole log', async () => {
    const lines = [
      log.header({ complete: false, filter: 'action=token.revoked' }),
      log.gapLine('skipped', 1, 4),
    ];
    lines.push(log.eventLine(5), log.gapLine('skipped', 6, 41), log.eventLine(42), log.eventLine(43));
    const report = await verifyLines(log, [...lines, log.gapLine('skipped', 44, SIZE), end]);
    expect(report).toMatchObject({ verified: true, complete: false, skipped: 47, events_proven: 3 });
    expect(report.proven).toEqual([[5, 5], [42, 43]]); // prettier-ignore
  });

  it('after retention is proven by the leaves that stay, as the log records the drop', async () => {
    const dropped = new SampleLog(SIZE, undefined, undefined, (event) =>
      event.sequence === 49
        ? { ...event, action: 'audit.retention_applied', details: { through_sequence: 20 } }
        : event,
    );
    const lines = [dropped.header(), dropped.gapLine('dropped', 1, 3), dropped.gapLine('dropped', 4, 20)];
    const all = [...lines, ...dropped.eventLines(21, SIZE), checkpointLine(dropped.note())];
    const report = await verifyLines(dropped, all, {
      requireComplete: true,
      kept: [dropped.note(3), dropped.note(36)],
    });
    expect(failuresOf(report)).toEqual([]);
    expect(report).toMatchObject({
      dropped: 20,
      events_proven: 30,
      dropped_under: { sequence: 49, through_sequence: 20 },
    });
  });

  it('agrees with every checkpoint kept from earlier', async () => {
    const kept = Array.from({ length: SIZE + 1 }, (_, size) => log.note(size));
    const report = await verifyLines(log, log.complete(), { kept });
    expect(failuresOf(report)).toEqual([]);
    expect(report.consistent_with).toHaveLength(SIZE + 1);
  });

  it('that resumes where a kept checkpoint ends agrees with it, and says so when it cannot tell', async () => {
    const lines = [
      log.header({ first_sequence: 24 }),
      log.gapLine('skipped', 1, 23),
      ...log.eventLines(24, SIZE),
      end,
    ];
    expect(
      failuresOf(await verifyLines(log, lines, { kept: [log.note(23), log.note(16), log.note(30)] })),
    ).toEqual([]);
    expect(failuresOf(await verifyLines(log, lines, { kept: [log.note(17)] }))).toEqual([
      'uncompared_checkpoint',
    ]);
  });
});
