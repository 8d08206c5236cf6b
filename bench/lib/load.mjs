// @ts-check
import { once } from 'node:events';
import { join } from 'node:path';
import { startNode } from './child.mjs';
import { assertLoopback } from './loopback.mjs';
import { cpuSeconds, processTree } from './proc.mjs';

/**
 * A load generator that takes one job after the other.
 * @param directory for its log.
 */
export async function startLoadGenerator(directory) {
  const child = await startNode(join(import.meta.dirname, 'load-process.mjs'), {
    logFile: join(directory, 'load.log'),
  });

  /**
   * Sends `requests` over `connections` kept-alive connections for `seconds`, or each of them once (`once: true`).
   * A request names `method`, `path`, `headers`, `body`, and what its answer must be: `status` (200) and the
   * texts in `expect`.
   * The processor time of the target's `pid` and of its descendants is measured along.
   * @param {{ url: string, pid?: number, name?: string }} target
   * @param {Record<string, unknown>} job
   * @throws when any answer was wrong or missing: a fast wrong answer is no measurement.
   */
  async function run(target, job) {
    assertLoopback(target.url);
    const tree = target.pid ? processTree(target.pid) : [];
    const before = cpuSeconds(tree);
    child.send({ url: target.url, ...job });
    const [message] = await Promise.race([
      once(child, 'message'),
      child.ended.then(() => [{ error: 'the load generator died' }]),
    ]);
    const serverSeconds = cpuSeconds(tree) - before;
    if (message.error) throw new Error(message.error);
    const { result } = message;
    if (result.wrongCount + result.failures > 0 || result.answers === 0) {
      throw new Error(
        `${target.name ?? target.url}: ${result.wrongCount} wrong answers, ${result.failures} failed requests of ${result.answers}\n${result.wrong.join('\n')}`,
      );
    }
    return { ...result, serverMicrosecondsPerAnswer: (serverSeconds / result.answers) * 1e6 };
  }

  return { run, stop: () => child.stop() };
}
