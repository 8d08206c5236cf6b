import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

it('docs/operations.md shows every limit as src/admission/limits.ts has it', () => {
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'limits-table.mjs');
  expect(spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' }).stderr).toBe('');
});
