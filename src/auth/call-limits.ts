import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Quota, type QuotaUse } from '../common/quota.js';
import { policyConfig } from '../config/policy.config.js';
import type { Principal } from './principal.js';
import { quotaKeysOf } from './quota-keys.js';

/** A quota of a business, and the half of it that one of its tokens may use. */
class SharedQuota {
  private readonly ofBusiness: Quota;
  private readonly ofToken: Quota;

  constructor(name: string, limit: number) {
    this.ofBusiness = new Quota(`business-${name}`, limit);
    this.ofToken = new Quota(`token-${name}`, Math.ceil(limit / 2));
  }

  use(principal: Principal, businessId: string | null): QuotaUse[] {
    const { business, token } = quotaKeysOf(principal, businessId);
    const use = this.ofBusiness.use(business);
    return token === null ? [use] : [use, this.ofToken.use(token)];
  }
}

/** How often a business and each of its tokens may call, and be denied. */
@Injectable()
export class CallLimits {
  private readonly calls: SharedQuota;
  private readonly denials: SharedQuota;

  constructor(@Inject(policyConfig.KEY) config: ConfigType<typeof policyConfig>) {
    this.calls = new SharedQuota('calls', config.businessCallsPerSecond);
    this.denials = new SharedQuota('denials', config.businessDenialsPerSecond);
  }

  /** Counts a management call. @param businessId the one that is acted in; null: none */
  call(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.calls.use(principal, businessId);
  }

  /** Counts a denied call, of whatever kind. */
  denial(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.denials.use(principal, businessId);
  }
}
