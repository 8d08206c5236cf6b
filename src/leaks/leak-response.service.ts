import { Injectable } from '@nestjs/common';
import { Rates } from '../admission/rates.js';
import type { AuditContext, RequestFacts } from '../audit/trail/audit-draft.js';
import type { ChangeEvent } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { eachToItsEnd } from '../common/each-to-its-end.js';
import { RevokeLane } from '../database/revoke-lane.js';
import type { LeakPolicy } from '../directory/businesses/business.entity.js';
import { BusinessesRepository } from '../directory/businesses/businesses.repository.js';
import { withoutSecrets } from '../secrets/secret-in-text.js';
import { RevocationBySecretService } from '../revocations/revocation-by-secret.service.js';
import { TokenRevocationService } from '../revocations/token-revocation.service.js';
import type { TokenKind } from '../token-rows/token.entity.js';
import type { Asker } from '../verification/presentation.js';
import type { TokenFacts } from '../verification/token-facts.js';
import type { Caller } from '../auth/caller.js';

/**
 * Named where the log is their own business's, and everywhere for the platform; to all others, somebody (R6). Whose token has
 * ended reports nothing more in either.
 */
export function nameOf(caller: Caller): ReporterOf {
  const own = caller.principal.businessId;
  const facts = { ...caller.request, ip: null, userAgent: null };
  const stranger = { ...anonymous('leak report', facts), proof: caller.proof };
  return (businessId) => (own === null || own === businessId ? caller : stranger);
}

export const GITHUB = (request: RequestFacts): ReporterOf => {
  const github = anonymous('GitHub secret scanning', request);
  return () => github;
};

/** Somebody whom the log does not name. */
function anonymous(label: string, request: RequestFacts): AuditContext {
  return {
    actor: { kind: 'anonymous', id: null, email: null, token_id: null },
    proof: null,
    label,
    request,
  };
}

/** Where a secret was seen that should be known to its holder alone. */
interface LeakEvidence {
  /** What kind of place, in the words of whoever found it. */
  source: string | null;
  url: string | null;
}

interface Leak extends LeakEvidence {
  secret: string;
}

/** A report of a secret that is a token's. */
interface KnownLeak {
  report: Leak;
  token: TokenFacts;
}

/** Who says so: whose name the log of a business may see. */
type ReporterOf = (businessId: string | null) => AuditContext;

/** So many secrets are looked up at once for one report, so many businesses are dealt with, and so many tokens of each are ended. */
const AT_ONCE_MAX = 8;
const FAILURES_MAX = 3;

const REASON = 'leaked';

/** What is done when somebody reports that the secret of a token is known to others. */
@Injectable()
export class LeakResponseService {
  constructor(
    private readonly bySecret: RevocationBySecretService,
    private readonly businesses: BusinessesRepository,
    private readonly changes: Changes,
    private readonly revocations: TokenRevocationService,
    private readonly revokeLane: RevokeLane,
    private readonly rates: Rates,
  ) {}

  /**
   * Records each secret that is a token's or a session's in the log of its business, whatever has become of it, and revokes it
   * unless the business wants to be told only. Of reports that end nothing, ten a minute are recorded for each token: whoever
   * knows an old secret cannot keep a log busy with it (R6); nor does whoever holds their own log keep the tokens of others
   * alive. Resolves when no verifier answers "active" for any of those (R1).
   * @returns for each report whether it was of one of our tokens, which whoever reports must not be told
   * @throws DomainError when one of them could not be recorded or confirmed, after all others were: the report is to be repeated
   */
  async respond(reports: readonly Leak[], reporterOf: ReporterOf, asker: Asker): Promise<boolean[]> {
    const failures: unknown[] = [];
    const found = await eachToItsEnd(reports, AT_ONCE_MAX, async (report) => ({
      report,
      tokens: await this.bySecret.findAllIn(report.secret, asker).catch((error: unknown) => {
        failures.push(error);
        return [];
      }),
    }));
    const known = found.flatMap(({ report, tokens }) => tokens.map((token) => ({ report, token })));
    const byBusiness = [...Map.groupBy(known, ({ token }) => token.business?.id ?? null).values()];
    await eachToItsEnd(byBusiness, AT_ONCE_MAX, (those) => this.respondIn(those, reporterOf));
    if (failures.length > 0) throw failures[0];
    return found.map(({ tokens }) => tokens.length > 0);
  }

  /** All of one business. Once that many could not be ended, the others are not tried: its log may be held. */
  private async respondIn(those: readonly KnownLeak[], reporterOf: ReporterOf): Promise<void> {
    const failures: unknown[] = [];
    await eachToItsEnd(those, AT_ONCE_MAX, async ({ report, token }) => {
      if (failures.length >= FAILURES_MAX) throw failures[0];
      try {
        await this.respondTo(report, token, reporterOf);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    });
  }

  private async respondTo(
    { secret, ...evidence }: Leak,
    token: TokenFacts,
    reporterOf: ReporterOf,
  ): Promise<void> {
    const businessId = token.business?.id ?? null;
    const reporter = reporterOf(businessId);
    const policy = await this.policyOf(businessId);
    const isRepeated = policy === 'notify' || token.revoked;
    if (isRepeated && this.rates.spend('leak-repeats', token.id) > 0) {
      // Whoever ended it may still be waiting for the verifiers.
      if (policy === 'revoke') await this.revocations.confirm(businessId, token.id, kindOf(token));
      return;
    }
    try {
      await this.record(token, policy, leakEvent(token, seenAt(evidence, secret), policy), reporter);
    } catch (error) {
      // To be repeated, and then done.
      if (isRepeated) this.rates.spend('leak-repeats', token.id, -1);
      throw error;
    }
  }

  private async record(
    token: TokenFacts,
    policy: LeakPolicy,
    found: ChangeEvent<'token.leaked'>,
    reporter: AuditContext,
  ): Promise<void> {
    const businessId = token.business?.id ?? null;
    if (policy === 'notify') {
      await this.changes.endEverywhere(reporter, businessId, (change) => change.record(found));
      return;
    }
    // A thief may have rotated it or issued others with it; what a platform token issued may be every customer's (ADR 0032).
    const reach = { successors: true, children: businessId !== null };
    const request = {
      businessId,
      tokenId: token.id,
      kind: kindOf(token),
      reason: REASON,
      reach,
      ofAnybody: true,
    };
    await this.revocations.revokeWithDerived({ ...request, evidence: found }, reporter);
  }

  /** The platform's own tokens are revoked, always. */
  private async policyOf(businessId: string | null): Promise<LeakPolicy> {
    if (businessId === null) return 'revoke';
    const business = await this.revokeLane.look(businessId, (manager) =>
      this.businesses.find(businessId, manager),
    );
    return business?.leakPolicy ?? 'revoke';
  }
}

const kindOf = ({ session }: TokenFacts): TokenKind => (session === null ? 'api' : 'session');

/** The place as it may stand in the log: an address that the secret was found in often holds it (R8). */
function seenAt({ source, url }: LeakEvidence, secret: string): LeakEvidence {
  const shown = (text: string | null): string | null => (text === null ? null : withoutSecrets(text, secret));
  return { source: shown(source), url: shown(url) };
}

function leakEvent(
  { id, jti }: TokenFacts,
  { source, url }: LeakEvidence,
  response: LeakPolicy,
): ChangeEvent<'token.leaked'> {
  const details = { jti, source, url, response };
  return { action: 'token.leaked', target: { kind: 'token', id }, reason: REASON, details };
}
