// @ts-check
import { join } from 'node:path';
import { root } from '../lib/prerequisites.mjs';
import { summary } from '../lib/statistics.mjs';

const ROUNDS = 9;
const NOTES = 1_000_000;
const SCOPES = Array.from({ length: 10 }, (_, index) => `things-${index}:read`);

/**
 * What it takes to note one use in memory, in nanoseconds of processor time of this process: all that recording adds to a
 * verification, twice, for the caller's token and the one that is asked about. Hardly touched by what else a machine does.
 */
export async function measureNoting(tokens) {
  const built = (path) => import(join(root, 'dist', `${path}.js`));
  const [{ TokenUsage }, { DatabaseClock }, { monotonicMs, processClock }] = await Promise.all([
    built('verification/usage/token-usage'),
    built('lease/database-clock'),
    built('verifiers/monotonic'),
  ]);
  const facts = Array.from({ length: tokens }, (_, index) => ({
    id: String(index),
    business: { id: 'b' },
    owner: { kind: 'user', role: 'developer' },
    scopes: SCOPES,
  }));
  const from = Array.from({ length: 41 }, (_, index) => ({
    from: `203.0.113.${index}`,
    userAgent: `orders/${index} (linux; x64)`,
  }));
  const measure = (/** @type {(index: number) => object} */ presentedAt) => {
    const results = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const usage = new TokenUsage(null, new DatabaseClock(processClock, () => undefined), {
        recording: 'full',
        days: 90,
      });
      const atMs = monotonicMs();
      const before = process.cpuUsage();
      for (let index = 0; index < NOTES; index++)
        usage.note(facts[index % tokens], 'active', presentedAt(index), atMs);
      const { user, system } = process.cpuUsage(before);
      // The first is for the compiler.
      if (round > 0) results.push(((user + system) * 1000) / NOTES);
    }
    return summary(results);
  };
  /** What is presented in turn is made before it is measured. @param {object[]} presented */
  const inTurn = (presented) =>
    measure((index) => /** @type {object} */ (presented[index % presented.length]));
  /** As each request brings them: other texts each time, that no look-up has seen. */
  const asking = (/** @type {string[]} */ scopes) =>
    Array.from({ length: 4096 }, () => ({ ...from[0], scopes: JSON.parse(JSON.stringify(scopes)) }));
  return [
    { name: 'from the address of before', nanoseconds: inTurn([/** @type {object} */ (from[0])]) },
    { name: 'the same, asked for no scope', nanoseconds: inTurn([{ ...from[0], scopes: [] }]) },
    { name: 'the same, asked for one scope', nanoseconds: inTurn(asking(SCOPES.slice(0, 1))) },
    { name: 'the same, asked for two scopes', nanoseconds: inTurn(asking(SCOPES.slice(0, 2))) },
    { name: 'the same, asked for ten scopes', nanoseconds: inTurn(asking(SCOPES)) },
    // 41 and the number of tokens have no divisor in common: each token is used from each address in turn.
    { name: 'from 41 addresses in turn', nanoseconds: inTurn(from) },
  ];
}
