import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Scenario, type Vectors } from './scenario.js';

const PATH = join(import.meta.dirname, '..', '..', 'contracts', 'verifier-vectors.json');
const vectors = JSON.parse(readFileSync(PATH, 'utf8')) as Vectors;

describe('a client verifier', () => {
  it.each(vectors.scenarios)('$name', async ({ steps }) => {
    await new Scenario(vectors).run(steps);
  });
});
