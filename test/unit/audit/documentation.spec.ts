import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

it('docs/audit.md lists every action with its details, as the code has them', () => {
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'audit-table.mjs');
  execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
});
