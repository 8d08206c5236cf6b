import { Deviation } from './deviation.js';
import { isAmong, outcomeOf, type Outcome, type RunOptions } from './outcome.js';
import { needsMore, Scenario } from './scenario.js';
import { scenariosOf } from './tables.js';
import { Testee, type About } from './testee.js';
import type { TestScenario, Vectors } from './vectors.js';

/** Runs all scenarios and rows of tables, and tells of each. @throws TesteeFault when the testee says nothing of itself */
export async function runVectors(vectors: Vectors, options: RunOptions): Promise<About> {
  const all = [...vectors.scenarios, ...scenariosOf(vectors.tables, vectors.now)];
  const start = (): Testee => new Testee(options.command, options.trace);
  let testee = start();
  try {
    const about = await testee.about();
    for (const scenario of all.filter((each) => isAmong(options.only, each))) {
      const outcome = needsMore(scenario, about)
        ? outcomeOf(scenario, 'skipped')
        : await tried(scenario, new Scenario(testee, about, vectors, scenario), testee);
      options.tell(outcome);
      if (outcome.result !== 'failed') continue;
      if (options.bail) break;
      // What is left of it must not spoil the next.
      await testee.kill();
      testee = start();
      await testee.about();
    }
    return about;
  } finally {
    await testee.end();
  }
}

async function tried(scenario: TestScenario, run: Scenario, testee: Testee): Promise<Outcome> {
  try {
    await run.run();
    demandNoSecret(scenario, testee);
    return outcomeOf(scenario, 'passed');
  } catch (error) {
    return outcomeOf(scenario, 'failed', (error as Error).message);
  }
}

/** [M9], as far as it is seen from outside: what could be a secret is not logged. */
function demandNoSecret({ steps }: TestScenario, { errors }: Testee): void {
  const logged = steps.find(({ ask }) => ask !== undefined && ask !== '' && errors.includes(ask));
  if (logged !== undefined) throw new Deviation(`[M9] the secret ${logged.ask} is on standard error`);
}
