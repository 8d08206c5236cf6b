import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable, loggableError } from '../common/errors/driver-error.js';
import type { ClientVerifier } from '../lease/client-verifiers/client-verifier.js';
import { ClientVerifiers } from '../lease/client-verifiers/client-verifiers.js';
import type { ToldFact } from '../lease/cache-invalidation.js';
import { effectiveScopes } from '../verification/effective-scopes.js';
import { coversAll } from '../verification/scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';
import { inactive, type Verdict } from '../verification/verdict.js';
import { TokenUsage } from '../verification/usage/token-usage.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { askerOf, type Presentation } from '../verification/presentation.js';
import { Verdicts } from '../verification/verdicts.js';
import { activeAnswer, verdictJson } from '../verification-api/verdict-json.js';
import type { ClientMessage } from './client-message.js';

export type Ask = Extract<ClientMessage, { type: 'ask' }>;
type Send = (text: string) => void;

/** Answers client verifiers: with facts to remember where memory holds them, and with a verdict on this one question otherwise. */
@Injectable()
export class FactAnswers {
  private readonly logger = new Logger('VerifierStream');

  constructor(
    private readonly clients: ClientVerifiers,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly usage: TokenUsage,
  ) {}

  /** Sends the answer, at once when memory can tell. Does not throw. */
  answer(child: ClientVerifier, ask: Ask, send: Send): Promise<void> | undefined {
    if (!ask.isValid) send(failed(ask.id, 'input.invalid'));
    else if (!this.tellHeld(child, ask, send)) return this.judge(child, ask, send);
    return undefined;
  }

  private judge(child: ClientVerifier, ask: Ask, send: Send): Promise<void> | undefined {
    try {
      const verdict = this.verdicts.verify(ask.secret, {
        asker: askerOf(child.view),
        from: ask.ip,
        userAgent: ask.userAgent,
        use: 'client_verifier',
        scopes: ask.scopes,
        scopesAreJudgedElsewhere: true,
        ...withinViewOf(child),
      });
      if (!(verdict instanceof Promise)) {
        this.tellOnce(ask, verdict, send);
        return undefined;
      }
      return verdict.then(
        (late) => {
          if (!this.tellHeld(child, ask, send, true)) this.tellOnce(ask, late, send);
        },
        (error: unknown) => this.fail(ask, error, send),
      );
    } catch (error) {
      this.fail(ask, error, send);
      return undefined;
    }
  }

  /**
   * In one step: memory holds the token under the lease of now, it is noted that `child` is told, and the fact is sent. So
   * what memory forgets later is forgotten by `child` after it was told, and what it has forgotten is not told.
   * @param isCounted whether this question is in the usage of the token already
   */
  private tellHeld(child: ClientVerifier, ask: Ask, send: Send, isCounted = false): boolean {
    const leasedAtMs = this.verdicts.leasedNow();
    if (leasedAtMs === null) return false;
    const presentation = { from: null, addressIsJudgedElsewhere: true, ...withinViewOf(child) };
    const token = this.verdicts.verifyCached(ask.secret, presentation, leasedAtMs);
    // The platform's own tokens are of no business, and so of nobody's customers.
    if (token === null || token.business === null) return false;
    if (!this.clients.tell(child, foundationOf(token))) return false;
    this.counter.countOutcome('active');
    const presented = { from: ask.ip, userAgent: ask.userAgent, scopes: neededOf(token, ask) };
    if (!isCounted) this.usage.note(token, 'active', presented, leasedAtMs);
    send(fact(ask.id, true, activeAnswer(token).text, token));
    return true;
  }

  private tellOnce(ask: Ask, verdict: Verdict, send: Send): void {
    const told = verdict.active && verdict.token.business === null ? inactive('unknown') : verdict;
    this.counter.count(told);
    send(fact(ask.id, false, verdictJson(told), null));
  }

  private fail(ask: Ask, error: unknown, send: Send): void {
    if (!(error instanceof DomainError) && !isDatabaseUnavailable(error))
      this.logger.error(loggableError(error), 'A question of a client verifier failed.');
    send(failed(ask.id, 'service.unavailable'));
  }
}

/** What the feed names when something about the token changes. */
export function foundationOf({ jti, owner, business }: TokenFacts): ToldFact {
  return { jti, ownerId: owner.id, businessId: business?.id ?? null };
}

/** What the client verifier will find that the token needed and had. */
function neededOf(token: TokenFacts, { scopes }: Ask): string[] | null {
  return scopes === null || coversAll(effectiveScopes(token), scopes) ? scopes : [];
}

function withinViewOf({ view }: ClientVerifier): Pick<Presentation, 'within'> {
  return view === null ? {} : { within: view };
}

/** That a question is not answered. */
export function failed(id: number, code: 'service.unavailable' | 'input.invalid'): string {
  return JSON.stringify({ type: 'failed', id, code });
}

/** @param verdict JSON, as POST /api/v1/tokens/verify answers it */
function fact(id: number, cacheable: boolean, verdict: string, token: TokenFacts | null): string {
  const ips = JSON.stringify(token?.trustedIps ?? null);
  const endsAtMs = token === null || token.endsAtMs === Infinity ? 'null' : String(token.endsAtMs);
  return `{"type":"fact","id":${id},"cacheable":${cacheable},"verdict":${verdict},"trusted_ips":${ips},"expires_at_ms":${endsAtMs}}`;
}
