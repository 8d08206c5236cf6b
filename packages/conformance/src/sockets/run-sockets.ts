import { Deviation } from '../deviation.js';
import { isAmong, outcomeOf, type Outcome, type RunOptions } from '../outcome.js';
import { Testee, type About } from '../testee.js';
import type { Vectors } from '../vectors.js';
import { SOCKET_SCENARIOS, type SocketScenario } from './socket-scenarios.js';
import { Stage } from './stage.js';

/** So many run at a time: most of the time they wait. */
const LANES = 4;

export interface SocketOptions extends RunOptions {
  /** What bounds are multiplied by. */
  readonly slack: number;
}

/** Runs all scenarios on real sockets, each with a testee of its own. @throws TesteeFault when it says nothing of itself */
export async function runSockets({ verdicts }: Vectors, options: SocketOptions): Promise<About> {
  const first = new Testee(options.command, options.trace);
  const about = await first.about().finally(() => first.end());
  const left = SOCKET_SCENARIOS.filter((each) => isAmong(options.only, each));
  const lane = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
      const outcome = await tried(scenario, verdicts.reader ?? {}, options);
      options.tell(outcome);
      if (options.bail && outcome.result === 'failed') left.length = 0;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return about;
}

async function tried(
  scenario: SocketScenario,
  verdict: Vectors['verdicts'][string],
  options: SocketOptions,
): Promise<Outcome> {
  const { command, trace, slack } = options;
  const testee: Testee = new Testee(command, trace, (line) => stage.answered(line));
  const stage = new Stage(testee, slack, verdict);
  try {
    await testee.about();
    await scenario.run(stage);
    // [M9], as far as it is seen from outside.
    if (testee.errors.includes('secret-of-sockets'))
      throw new Deviation('[M9] a secret is on standard error');
    return outcomeOf(scenario, 'passed');
  } catch (error) {
    const last = testee.errors.slice(-500);
    return outcomeOf(scenario, 'failed', (error as Error).message + (last === '' ? '' : `\n    ${last}`));
  } finally {
    await stage.end();
    await testee.kill();
  }
}
