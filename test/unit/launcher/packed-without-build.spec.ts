import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..', '..');

it('a package without its build says in one sentence how to pack it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rescind-packed-'));
  try {
    for (const each of ['bin', 'package.json'])
      cpSync(join(ROOT, each), join(folder, each), { recursive: true });
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, 'bin', 'rescind.mjs'), '--version'],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'This package of Rescind was packed without its build: pack it again with `npm pack --ignore-scripts=false`.\n',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
