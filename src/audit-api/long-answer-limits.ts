import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Principal } from '../auth/principal.js';
import { quotaKeysOf } from '../auth/quota-keys.js';
import { ConcurrencyQuota, type QuotaUse } from '../common/quota.js';
import { policyConfig } from '../config/policy.config.js';

export type LongAnswerKind = 'streams' | 'exports';

/** A long answer that has begun, or would be one too many. */
interface LongAnswer {
  uses: QuotaUse[];
  /** To be called once, when it has ended. */
  end: () => void;
}

/** How many streams and exports of a business, and of each of its tokens, are open at once. */
@Injectable()
export class LongAnswerLimits {
  private readonly quotas: Record<LongAnswerKind, { business: ConcurrencyQuota; token: ConcurrencyQuota }>;

  constructor(@Inject(policyConfig.KEY) config: ConfigType<typeof policyConfig>) {
    this.quotas = {
      streams: quotasOf('streams', config.businessStreamsMax),
      exports: quotasOf('exports', config.businessExportsMax),
    };
  }

  /** Counts one more, unless one of its uses says that this is too many. */
  begin(kind: LongAnswerKind, principal: Principal, businessId: string | null): LongAnswer {
    const keys = quotaKeysOf(principal, businessId);
    const { business, token } = this.quotas[kind];
    const begun = [
      [business, keys.business] as const,
      ...(keys.token === null ? [] : [[token, keys.token] as const]),
    ];
    const uses = begun.map(([quota, key]) => quota.begin(key));
    const end = (): void => {
      begun.forEach(([quota, key], index) => {
        if (uses[index]?.isExceeded === false) quota.end(key);
      });
    };
    if (uses.some(({ isExceeded }) => isExceeded)) end();
    return { uses, end };
  }
}

function quotasOf(kind: LongAnswerKind, limit: number) {
  return {
    business: new ConcurrencyQuota(`business-${kind}`, limit),
    token: new ConcurrencyQuota(`token-${kind}`, Math.ceil(limit / 2)),
  };
}
