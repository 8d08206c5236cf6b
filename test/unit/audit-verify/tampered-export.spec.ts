import { generateKeyPairSync } from 'node:crypto';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { checkpointLine, eventLine } from '../../../src/log-format/export-format.js';
import { leafHashBase64 } from '../../../src/log-format/transparency/merkle-tree.js';
import { parseVkey } from '../../../src/log-format/transparency/note-key.js';
import type { ExportedEvent } from '../../../src/log-format/export-format.js';
import { seededRandom } from '../log-format/random-event.js';
import { SampleLog } from './sample-log.js';
import { failuresOf, verifyLines } from './verify-lines.js';

const SIZE = 40;
const keys = generateKeyPairSync('ed25519');
const log = new SampleLog(SIZE, undefined, keys);
const lines = log.complete();

function changed(line: string, change: (event: ExportedEvent) => void): string {
  const event = JSON.parse(line) as ExportedEvent;
  change(event);
  return `${JSON.stringify(event)}\n`;
}

describe('a changed field', () => {
  it.each([
    [
      'outcome',
      (event: ExportedEvent) => void (event.outcome = event.outcome === 'denied' ? 'failure' : 'denied'),
    ],
    ['reason', (event: ExportedEvent) => void (event.reason = `${event.reason} `)],
    ['occurred_at', (event: ExportedEvent) => void (event.occurred_at = '2026-01-31T12:00:00.001Z')],
    ['actor.email', (event: ExportedEvent) => void (event.actor.email = 'other@example.com')],
    ['target.id', (event: ExportedEvent) => void (event.target.id = 'other')],
    ['details', (event: ExportedEvent) => void (event.details.more = 1)],
    ['user_agent', (event: ExportedEvent) => void (event.user_agent = 'other')],
  ])('is found by the sequence of its event, and the others stay proven: %s', async (_, change) => {
    const report = await verifyLines(log, lines.with(17, changed(lines[17]!, change)));
    expect(failuresOf(report)).toEqual(['changed_event 17-17']);
    expect(report.failures[0]!.line).toBe(18);
    expect(report.proven).toEqual([[1, 16], [18, SIZE]]); // prettier-ignore
    expect(report.events_proven).toBe(SIZE - 1);
  });

  it('is found when the leaf hash is made to fit, and kept checkpoints narrow it down', async () => {
    const event = { ...log.events[16]!, reason: 'forged' };
    const forged = eventLine(canonicalEvent(event), leafHashBase64(canonicalEvent(event)));
    const report = await verifyLines(log, lines.with(17, forged), { kept: [log.note(10), log.note(30)] });
    expect(failuresOf(report)).toEqual([`root_mismatch 11-${SIZE}`, 'forked_log']);
    expect(report.proven).toEqual([[1, 10]]);
  });

  it('is found when only the leaf hash is changed', async () => {
    const leaf = log.leaves[3]!.toString('base64');
    const report = await verifyLines(
      log,
      lines.with(17, lines[17]!.replace(/"leaf_hash":"[^"]*"/, `"leaf_hash":"${leaf}"`)),
    );
    expect(failuresOf(report)).toEqual(['changed_event 17-17', `root_mismatch 1-${SIZE}`]);
    expect(report.events_proven).toBe(0);
  });

  it('cannot hide behind a second member of the same name, a new member or another order', async () => {
    const again = lines[17]!.replace('{"action"', '{"reason":"forged","action"');
    const more = changed(lines[17]!, (event) => Object.assign(event, { note: 'forged' }));
    const { action, ...rest } = JSON.parse(lines[17]!) as ExportedEvent;
    const reordered = `${JSON.stringify({ ...rest, action })}\n`;
    for (const line of [again, more, reordered]) {
      expect(failuresOf(await verifyLines(log, lines.with(17, line)))).toEqual(['malformed_line 17-17']);
    }
  });
});

describe('a removed event', () => {
  it('is found by its sequence when its line is gone', async () => {
    expect(failuresOf(await verifyLines(log, lines.toSpliced(17, 1)))).toEqual(['removed_event 17-17']);
    expect(failuresOf(await verifyLines(log, lines.toSpliced(1, 3)))).toEqual(['removed_event 1-3']);
  });

  it('leaves what a kept checkpoint covers before it proven', async () => {
    const report = await verifyLines(log, lines.toSpliced(17, 1), { kept: [log.note(12)] });
    expect(report.proven).toEqual([[1, 12]]);
  });

  it('is found when the later ones are renumbered', async () => {
    const renumbered = lines
      .toSpliced(17, 1)
      .map((line, i) => (i >= 17 && i < SIZE ? changed(line, (e) => void (e.sequence = i)) : line));
    const failures = failuresOf(await verifyLines(log, renumbered));
    expect(failures).toContain('changed_event 17-17');
    expect(failures).toContain(`removed_tail ${SIZE}-${SIZE}`);
  });

  it('is found by its sequence when the log still holds the leaf, and the others stay proven', async () => {
    const report = await verifyLines(log, lines.with(17, log.gapLine('missing', 17, 17)));
    expect(failuresOf(report)).toEqual(['removed_event 17-17']);
    expect(report).toMatchObject({ missing: 1, events_proven: SIZE - 1 });
  });

  it('cannot pass as skipped in a complete export, nor as dropped by retention', async () => {
    const skipped = lines.with(17, log.gapLine('skipped', 17, 17));
    expect(failuresOf(await verifyLines(log, skipped))).toEqual(['incomplete 17-17']);
    const dropped = lines.with(17, log.gapLine('dropped', 17, 17));
    expect(failuresOf(await verifyLines(log, dropped))).toEqual(['removed_event 17-17']);
    const oldest = lines.with(1, log.gapLine('dropped', 1, 1));
    expect(failuresOf(await verifyLines(log, oldest))).toEqual(['removed_event 1-1']);
    const filtered = skipped.with(0, log.header({ complete: false }));
    expect(failuresOf(await verifyLines(log, filtered, { requireComplete: true }))).toEqual(['incomplete']);
  });
});

describe('events behind those that retention dropped', () => {
  const recording = (through: number) =>
    new SampleLog(SIZE, undefined, undefined, (event) =>
      event.sequence === 30
        ? { ...event, action: 'audit.retention_applied', details: { through_sequence: through } }
        : event,
    );

  it('cannot be removed under the same record', async () => {
    const log = recording(10);
    const lines = [log.header(), log.gapLine('dropped', 1, 12), ...log.complete().slice(13)];
    expect(failuresOf(await verifyLines(log, lines))).toEqual(['removed_event 11-12']);
    const resumed = log.header({ first_sequence: 5 });
    const gaps = [log.gapLine('skipped', 1, 4), log.gapLine('dropped', 5, 12)];
    const rest = log.complete().slice(13);
    expect(failuresOf(await verifyLines(log, [resumed, ...gaps, ...rest]))).toEqual(['removed_event 11-12']);
  });

  it('cannot be removed by an event that records a drop of later ones than itself', async () => {
    const log = recording(35);
    const lines = [log.header(), log.gapLine('dropped', 1, 20), ...log.complete().slice(21)];
    expect(failuresOf(await verifyLines(log, lines))).toEqual(['removed_event 1-20']);
  });
});

describe('a removed tail', () => {
  it('is found against the checkpoint of the export', async () => {
    expect(failuresOf(await verifyLines(log, lines.toSpliced(30, 11)))).toEqual([`removed_tail 30-${SIZE}`]);
    expect(failuresOf(await verifyLines(log, lines.slice(0, 30)))).toEqual(['no_checkpoint']);
    expect(failuresOf(await verifyLines(log, lines.slice(0, 1)))).toEqual(['no_checkpoint']);
  });

  it('is found against a kept checkpoint when an older one is put under the export', async () => {
    const older = [log.header({ last_sequence: 29 }), ...lines.slice(1, 30), checkpointLine(log.note(29))];
    expect(failuresOf(await verifyLines(log, older))).toEqual([]);
    expect(failuresOf(await verifyLines(log, older, { kept: [log.note(35)] }))).toEqual([
      'removed_tail 30-35',
    ]);
  });

  it('is found when events are added behind the checkpoint', async () => {
    const added = lines.with(-1, checkpointLine(log.note(SIZE - 1)));
    expect(failuresOf(await verifyLines(log, added))).toContain(`added_tail ${SIZE}-${SIZE}`);
    expect(failuresOf(await verifyLines(log, [...lines, lines[3]!]))).toEqual(['malformed_line']);
  });
});

describe('a reordering', () => {
  it('is found by the sequence that stands too late', async () => {
    const swapped = lines.with(17, lines[18]!).with(18, lines[17]!);
    expect(failuresOf(await verifyLines(log, swapped))).toEqual(['reordered_event 17-17']);
    const moved = [...lines.toSpliced(5, 1).slice(0, -1), lines[5]!, lines.at(-1)!];
    expect(failuresOf(await verifyLines(log, moved))).toEqual(['reordered_event 5-5']);
  });

  it('is found when the sequences are swapped too', async () => {
    const line17 = changed(lines[18]!, (event) => void (event.sequence = 17));
    const line18 = changed(lines[17]!, (event) => void (event.sequence = 18));
    const failures = failuresOf(await verifyLines(log, lines.with(17, line17).with(18, line18)));
    expect(failures).toEqual(expect.arrayContaining(['changed_event 17-17', 'changed_event 18-18']));
  });

  it('and a repetition are told apart', async () => {
    expect(failuresOf(await verifyLines(log, lines.toSpliced(17, 0, lines[16]!)))).toEqual([
      'duplicate_event 16-16',
    ]);
  });
});

describe('a swapped business', () => {
  const other = new SampleLog(SIZE, undefined, keys);

  it('is found when one event comes from another log of the same key', async () => {
    const failures = failuresOf(await verifyLines(log, lines.with(17, other.complete()[17]!)));
    expect(failures).toEqual(['foreign_event 17-17', `root_mismatch 1-${SIZE}`]);
  });

  it('is found when the checkpoint or the header comes from another log of the same key', async () => {
    expect(failuresOf(await verifyLines(log, lines.with(-1, other.complete().at(-1)!)))).toContain(
      'wrong_log',
    );
    const failures = failuresOf(await verifyLines(log, lines.with(0, other.header())));
    expect(failures).toEqual(expect.arrayContaining(['foreign_event 1-1', 'wrong_log']));
    const relabelled = lines.with(0, log.header({ business_id: other.businessId }));
    expect(failuresOf(await verifyLines(log, relabelled))).toContain('wrong_log');
  });

  it('of the whole export is found by the origin, by the name in the key, or by a kept checkpoint', async () => {
    const whole = other.complete();
    expect(failuresOf(await verifyLines(log, whole, { origin: log.origin }))).toEqual(['wrong_log']);
    expect(failuresOf(await verifyLines(log, whole, { keys: [parseVkey(log.vkey)] }))).toEqual(['wrong_key']);
    expect(failuresOf(await verifyLines(log, whole, { kept: [log.note(9)] }))).toEqual(['wrong_log']);
  });
});

describe('a forked log', () => {
  it('is found by any kept checkpoint of the other branch', async () => {
    const fork = new SampleLog(SIZE, log.businessId, keys, (event) =>
      event.sequence === 17 ? { ...event, reason: 'rewritten' } : event,
    );
    expect(failuresOf(await verifyLines(fork, fork.complete()))).toEqual([]);
    for (const size of [17, 25, SIZE]) {
      const report = await verifyLines(fork, fork.complete(), { kept: [log.note(size)] });
      expect(failuresOf(report)).toEqual(['forked_log']);
    }
    expect(failuresOf(await verifyLines(fork, fork.complete(), { kept: [log.note(16)] }))).toEqual([]);
  });
});

describe('a checkpoint that is not to be believed', () => {
  const end = (note: string): string[] => lines.with(-1, checkpointLine(note));

  it('is refused under another key, with a bad signature, or malformed, and then nothing is proven', async () => {
    const stranger = generateKeyPairSync('ed25519');
    const forged = new SampleLog(SIZE, log.businessId, stranger);
    const note = log.note();
    const cases: [string[], string][] = [
      [end(forged.note()), 'wrong_key'],
      [end(note.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`)), 'bad_signature'],
      [end(note.trimEnd()), 'malformed_checkpoint'],
      [end(''), 'malformed_checkpoint'],
    ];
    for (const [tampered, kind] of cases) {
      const report = await verifyLines(log, tampered);
      expect(failuresOf(report)).toEqual([kind]);
      expect(report).toMatchObject({ verified: false, events_proven: 0, proven: [] });
    }
  });

  it('is refused when it is a kept one', async () => {
    const note = log.note(5).replace('\n5\n', '\n6\n');
    expect(failuresOf(await verifyLines(log, lines, { kept: [note] }))).toEqual(['bad_signature']);
  });
});

describe('a line that is none of the format', () => {
  it.each(['', 'x', '[]', 'null', '{}', '{"action":1}', '{"action":"a","sequence":17,"leaf_hash":"AA=="}',
    '{"skipped":[17,17],"subtrees":[]}', '{"skipped":[18,17],"subtrees":[]}', '{"dropped":[0,1],"subtrees":[]}',
    '{"skipped":[1,9007199254740991],"subtrees":[]}', '{"checkpoint":1}'])(
    'is refused: %s',
    async (line) => {
      const failures = failuresOf(await verifyLines(log, lines.with(17, `${line}\n`)));
      expect(failures).toEqual(['malformed_line', 'removed_event 17-17']);
    },
  ); // prettier-ignore

  it('never makes the list of failures longer than it may be', async () => {
    const report = await verifyLines(log, [lines[0]!, '{}\n'.repeat(5000)]);
    expect(report.failures).toHaveLength(1000);
    expect(report.failure_count).toBe(5001);
  });
});

describe('a single changed byte', () => {
  it('anywhere behind the header is found', async () => {
    const random = seededRandom(99);
    const body = Buffer.from(lines.slice(1).join(''));
    for (let round = 0; round < 400; round += 1) {
      const tampered = Buffer.from(body);
      // The last newline is spared: its absence changes nothing that is shown.
      const at = Math.floor(random() * (body.length - 1));
      tampered[at] = tampered[at]! ^ (1 << Math.floor(random() * 7));
      const report = await verifyLines(log, [lines[0]!, tampered.toString()]);
      expect({ at, verified: report.verified }).toEqual({ at, verified: false });
    }
  });
});
