import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource, type EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { credentialOf } from '../../auth/principal.js';
import { Changes } from '../../changes/changes.js';
import { newId } from '../../common/new-id.js';
import { usageConfig } from '../../config/usage.config.js';
import { Turns } from '../../admission/turns.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import type { Token } from '../../token-rows/token.entity.js';
import { needsApproval, RevocationAllowances, type Allowance } from './allowances.repository.js';
import { PlansRepository } from './plans.repository.js';
import { type RevocationAim, type RevocationTerms, RevocationTermsService } from './revocation-terms.js';
import { saidOf } from './revocation-execution.js';
import { SurveysRepository, type Survey } from './surveys.repository.js';

interface Counted {
  terms: RevocationTerms;
  survey: Survey;
  /** Some of them, each of another owner, with other scopes, or last used at another time. */
  sample: Token[];
  /** Verdicts of the last day that would have been refused; null: that is not known. */
  verdictsOfLastDay: number | null;
  needsApproval: boolean;
  /** null: the caller may revoke any number alone. */
  allowance: Allowance | null;
  /** Whether the calling token is among them. */
  endsCaller: boolean;
}

/** What a revocation would do, and the plan to do just that. */
export interface RevocationPreview extends Counted {
  plan: string;
  planExpiresAt: Date;
}

/** Says what a revocation would do, before it is done. */
@Injectable()
export class RevocationPreviews {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: Changes,
    private readonly turns: Turns,
    private readonly allowances: RevocationAllowances,
    private readonly terms: RevocationTermsService,
    private readonly surveys: SurveysRepository,
    private readonly plans: PlansRepository,
    @Inject(usageConfig.KEY) private readonly usage: ConfigType<typeof usageConfig>,
  ) {}

  /**
   * Counts what is meant, and keeps a plan of it, which the caller may use once. It holds no log while it counts; what changes
   * meanwhile is found when the plan is used.
   * @throws DomainError as RevocationTermsService
   */
  preview(caller: Caller, aim: RevocationAim, reason: string): Promise<RevocationPreview> {
    const { businessId, principal } = caller;
    return this.turns.run('management', businessId, async () => {
      const counted = await this.count(caller, aim, reason);
      const { tokens, fingerprint } = counted.survey;
      const plan = newId();
      const planExpiresAt = await this.changes.make(caller, businessId, 'unconcerned', async (change) => {
        const { manager } = change;
        const actorTokenId = principal.token.id;
        const { terms } = counted;
        change.record({
          action: 'revocation.previewed',
          target: { kind: 'revocation', id: null },
          reason,
          details: { ...saidOf(terms), tokens },
        });
        return this.plans.keep(
          { id: plan, businessId, actorTokenId },
          { terms, tokens, fingerprint },
          manager,
        );
      });
      return { plan, planExpiresAt, ...counted };
    });
  }

  /** Whom it means is looked up as when it is made, and let go of before it is counted. */
  private async count(caller: Caller, aim: RevocationAim, reason: string): Promise<Counted> {
    const { businessId, principal } = caller;
    const author = await this.allowances.author(this.dataSource, principal.token.id);
    const credentials = [principal.token.id, credentialOf(principal) ?? principal.token.id];
    const count = async (manager: EntityManager): Promise<Counted> => {
      const [terms, { matched, mayTouchOwners }, allowance] = await manager.transaction(async (held) => {
        const asked = await this.terms.of(caller, aim, reason, held);
        const meant = await this.terms.meant(caller, asked, held);
        return [asked, meant, await this.allowances.of(businessId, author, held)] as const;
      });
      const survey = await manager.transaction((counting) =>
        this.surveys.survey(matched, mayTouchOwners, null, counting),
      );
      return {
        terms,
        survey,
        verdictsOfLastDay:
          this.usage.recording === 'off'
            ? null
            : await this.surveys.verdictsOfLastDay(matched, mayTouchOwners, manager),
        needsApproval: needsApproval(survey.tokens, allowance),
        allowance,
        endsCaller: await this.surveys.includes(matched, credentials, manager),
        sample: await this.surveys.sample(survey.sample, manager),
      };
    };
    return businessId === null
      ? acrossBusinesses(this.dataSource, count)
      : inBusiness(this.dataSource, businessId, count);
  }
}
