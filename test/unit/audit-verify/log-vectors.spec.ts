import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logVectors } from './log-vectors.js';

const FILE = join(import.meta.dirname, '../../contracts/log-format/vectors.json');

it('the test vectors are what the service makes (WRITE_VECTORS=1 writes them)', async () => {
  const made = await logVectors();
  if (process.env.WRITE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(made);
});
