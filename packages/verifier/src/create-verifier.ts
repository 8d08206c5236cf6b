import { hostname } from 'node:os';
import { processClock } from './clock.js';
import { dial } from './dial.js';
import type { Platform } from './platform.js';
import { targetOf } from './target.js';
import { Verifier } from './verifier.js';

export interface VerifierOptions {
  /** The address of Rescind, without `/api/v1`. For several servers, all addresses: if one fails, another is used. */
  url: string | readonly string[];
  /**
   * The secret of a token with the scope `rescind:tokens:verify`: of a business, or a platform token. A function is
   * called again for each connection and each HTTP call, so that the credential can be replaced while the process runs.
   */
  token: string | (() => string | Promise<string>);
  /** With a platform token: only tokens of this business. */
  businessId?: string;
  /**
   * The name that administrators see for this process, at most 128 characters; default: the host name and the process
   * id.
   */
  name?: string;
  /** How many verdicts are remembered at most; default: 100,000; 0: none, so each is asked for. */
  max?: number;
  /**
   * How long, in milliseconds, a question may take that the memory cannot answer; default: 2000. After that the result
   * is `unavailable`.
   */
  timeoutMs?: number;
}

const NAME_LENGTH_MAX = 128;
const PRINTABLE = /^[^\p{C}]+$/u;

const nodePlatform: Platform = {
  clock: processClock,
  every: (ms, task) => {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  soon: (task) => void setImmediate(task),
  random: Math.random,
  dial,
  fetch: (...call) => fetch(...call),
};

/**
 * Creates a client verifier. It starts to connect at once, and answers from the first moment. Close it when the program
 * ends, because its connection keeps the process alive.
 * @param platform clocks, timers, chance and network other than those of Node.js: for tests with virtual ones. What R1
 *   promises holds only under clocks that do not run slow (docs/verifier-protocol.md, Clocks).
 * @throws TypeError for invalid options
 */
export function createVerifier(options: VerifierOptions, platform: Platform = nodePlatform): Verifier {
  const { url, token, businessId, name, max = 100_000, timeoutMs = 2000 } = options;
  const targets = (typeof url === 'string' ? [url] : url).map(targetOf);
  if (targets.length === 0) throw new TypeError('url: at least one address is needed');
  if (typeof token !== 'function' && (typeof token !== 'string' || token === ''))
    throw new TypeError('token: the secret of a token with rescind:tokens:verify is needed');
  const shownAs = name ?? `${hostname()}:${process.pid}`.slice(-NAME_LENGTH_MAX);
  if (!PRINTABLE.test(shownAs) || shownAs.length > NAME_LENGTH_MAX)
    throw new TypeError('name: 1 to 128 printable characters');
  if (!Number.isSafeInteger(max) || max < 0) throw new TypeError('max: a whole number, 0 or more');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw new TypeError('timeoutMs: more than 0, 600000 at most');
  return new Verifier(
    {
      targets,
      credential: typeof token === 'function' ? token : () => token,
      businessId,
      name: shownAs,
      max,
      timeoutMs,
    },
    platform,
  );
}
