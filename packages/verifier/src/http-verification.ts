import { readVerdict } from './fact.js';
import type { Question } from './judgement.js';
import type { Platform } from './platform.js';
import { headersOf, type Credential, type Target } from './target.js';
import type { ActiveVerdict, InactiveVerdict } from './verdict.js';

const CALLS_MAX = 256;
const REFUSED_PAUSE_MS = 5000;

interface HttpSettings {
  readonly targets: readonly Target[];
  readonly credential: Credential;
  readonly businessId: string | undefined;
}

/** Asks one question over HTTP, when there is no stream. The answer is not remembered. */
export class HttpVerification {
  private underWay = 0;
  private refusedUntilMs = -Infinity;
  /** How many questions were asked this way. */
  calls = 0;

  constructor(
    private readonly platform: Pick<Platform, 'after' | 'clock' | 'fetch'>,
    private readonly settings: HttpSettings,
  ) {}

  /** null: no answer within `budgetMs`, or 256 other questions are pending. */
  async verify(
    first: Target,
    secret: string,
    question: Question,
    budgetMs: number,
  ): Promise<ActiveVerdict | InactiveVerdict | null> {
    if (this.underWay >= CALLS_MAX || this.platform.clock.monotonicMs() < this.refusedUntilMs) return null;
    this.underWay++;
    this.calls++;
    const ending = new AbortController();
    const { signal } = ending;
    const stopTimer = this.platform.after(Math.max(1, Math.ceil(budgetMs)), () => ending.abort());
    try {
      const others = this.settings.targets.filter((target) => target !== first);
      for (const target of [first, ...others]) {
        const verdict = await this.ask(target, secret, question, signal);
        if (verdict !== null || signal.aborted) return verdict;
      }
      return null;
    } finally {
      stopTimer();
      this.underWay--;
    }
  }

  private async ask(
    { verifyUrl }: Target,
    secret: string,
    { ip, scopes }: Question,
    signal: AbortSignal,
  ): Promise<ActiveVerdict | InactiveVerdict | null> {
    try {
      const headers = headersOf(await this.settings.credential(), this.settings.businessId);
      const response = await this.platform.fetch(verifyUrl, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ token: secret, ip, scopes }),
        redirect: 'error',
        signal,
      });
      if (response.status === 200) return readVerdict(await response.json());
      await response.body?.cancel();
      // Our own credential is refused: further tries would only add failures.
      if (response.status === 401 || response.status === 403)
        this.refusedUntilMs = this.platform.clock.monotonicMs() + REFUSED_PAUSE_MS;
      return null;
    } catch {
      return null;
    }
  }
}
