import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES_OF_TABLES, scenariosOf } from '../../../packages/conformance/src/tables.js';
import type { TestScenario, Vectors } from '../../../packages/conformance/src/vectors.js';
import { Scenario } from './scenario.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const vectors = JSON.parse(
  readFileSync(join(ROOT, 'test', 'contracts', 'verifier-vectors.json'), 'utf8'),
) as Vectors;

describe('a client verifier', () => {
  const run = async ({ steps, max, granted }: TestScenario): Promise<void> => {
    const { verdicts } = vectors;
    const known = granted ? { ...verdicts, reader: { ...verdicts.reader, scopes: granted } } : verdicts;
    await new Scenario({ now: vectors.now, verdicts: known }, max).run(steps);
  };

  it.each(vectors.scenarios)('$name', run);

  it.each(scenariosOf(vectors.tables, vectors.now))('$name', run);
});

describe('the rules of docs/verifier-protocol.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'verifier-protocol.md'), 'utf8');
  const rules = [...page.matchAll(/^- \*\*\[([A-Z]\d+)\]\*\*/gm)].map(([, rule]) => rule as string);
  const held = new Set([
    ...vectors.scenarios.flatMap(({ rules: ofOne = [] }) => ofOne),
    ...Object.values(RULES_OF_TABLES).flat(),
  ]);

  it('are each held by a scenario, or need more than steps', () => {
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter((rule) => !held.has(rule))).toEqual(vectors.not_here);
  });

  it('are the only ones that a scenario names', () => {
    expect([...held].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
