import { gzipSync } from 'node:zlib';
import { progressBar } from '../../../src/cli/audit-verify/audit-verify.command.js';
import type { VerificationReport } from '../../../src/log-format/verifying/verification-report.js';
import { run } from './run-verify.js';
import { SampleLog } from './sample-log.js';

const log = new SampleLog(300);
const text = log.complete().join('');
const tampered = text.replace(/"outcome":"[a-z]+"/, '"outcome":"forged"');

describe('rescind audit verify', () => {
  it('answers 0 and names the proven events of a true export, plain or gzip, whatever form the key has', async () => {
    const pem = log.publicKey.export({ format: 'pem', type: 'spki' });
    const files = { plain: text, gzip: gzipSync(text), parts: Buffer.concat([gzipSync(text.slice(0, 5000)), gzipSync(text.slice(5000))]), pem, vkey: `${log.vkey}\n` }; // prettier-ignore
    for (const [file, key] of [
      ['@plain', '@pem'],
      ['@gzip', '@vkey'],
      ['@parts', log.vkey],
    ] as const) {
      const { out, err, code } = await run(
        files,
        '--export',
        file,
        '--public-key',
        key,
        '--origin',
        log.origin,
      );
      expect(out).toContain('proven      300 of 300 events: sequences 1-300\n');
      expect(out).toMatch(/\nVERIFIED\n$/);
      expect({ err, code }).toEqual({ err: '', code: 0 });
    }
  });

  it('answers 1 and names the changed event', async () => {
    const { out, code } = await run({ e: tampered }, '--export', '@e', '--public-key', log.vkey);
    expect(out).toContain(
      'FAILED      changed_event (sequence 1, line 2): its fields are not those that were logged\n',
    );
    expect(out).toContain('proven      299 of 300 events: sequences 2-300\n');
    expect(out).toMatch(/\nNOT VERIFIED: 1 failure\(s\)\n$/);
    expect(code).toBe(1);
  });

  it('prints its report as JSON for scripts', async () => {
    const { out, code } = await run({ e: tampered, c: log.note(100) }, '--json', '--export', '@e', '--public-key', log.vkey, '--checkpoint', '@c'); // prettier-ignore
    const report = JSON.parse(out) as VerificationReport;
    expect(report).toMatchObject({
      verified: false,
      origin: log.origin,
      size: 300,
      events: 300,
      failure_count: 1,
    });
    expect(report.failures[0]).toMatchObject({ kind: 'changed_event', sequences: [1, 1], line: 2 });
    expect(report.consistent_with[0]?.size).toBe(100);
    expect(code).toBe(1);
  });

  it('answers 1 when the log, or its completeness, is not the one asked for', async () => {
    const args = ['--export', '@e', '--public-key', log.vkey];
    expect((await run({ e: text }, ...args, '--origin', 'other.example/platform')).code).toBe(1);
    const part = [
      log.header({ first_sequence: 9 }),
      log.gapLine('skipped', 1, 8),
      ...log.complete().slice(9),
    ].join('');
    expect((await run({ e: part }, ...args)).code).toBe(0);
    expect((await run({ e: part }, ...args, '--require-complete')).code).toBe(1);
  });

  it('answers 2 for what it cannot read, and repeats no key', async () => {
    const good = {
      e: text,
      cut: gzipSync(text).subarray(0, 3000),
      empty: '',
      foreign: '{"a":1}\n',
      k: 'very private',
      pem: log.publicKey.export({ format: 'pem', type: 'spki' }),
    };
    for (const args of [
      ['--export', '@absent', '--public-key', log.vkey],
      ['--export', '@cut', '--public-key', log.vkey],
      ['--export', '@empty', '--public-key', log.vkey],
      ['--export', '@foreign', '--public-key', log.vkey],
      ['--export', '@e', '--public-key', '@k'],
      ['--export', '@e', '--public-key', '@pem'],
      ['--export', '@e', '--public-key', log.vkey, '--checkpoint', '@absent'],
    ]) {
      const { out, err, code } = await run(good, ...args);
      expect({ out, code }).toEqual({ out: '', code: 2 });
      expect(err).toMatch(/^.+\n$/);
      expect(err).not.toContain('private');
    }
  });

  it('answers 2 for wrong usage and 0 for help, which documents the exit codes', async () => {
    expect((await run({})).code).toBe(2);
    expect((await run({ e: text }, '--export', '@e')).code).toBe(2);
    expect((await run({ e: text }, '--export', '@e', '--public-key', log.vkey, '--nonsense')).code).toBe(2);
    const help = await run({}, '--help');
    expect(help.code).toBe(0);
    expect(help.out).toContain('Exit codes: 0');
  });
});

describe('progress bar', () => {
  it('is drawn on a terminal only', () => {
    const drawn = (isTTY: boolean): string => {
      let shown = '';
      const bar = progressBar({ isTTY, write: (more) => (shown += more) }, 200);
      bar.onProgress(100, 1234);
      bar.clear();
      return shown;
    };
    expect(drawn(true)).toContain(`[${'#'.repeat(15)}${' '.repeat(15)}]  50%  1,234 events`);
    expect(drawn(false)).toBe('');
  });
});
