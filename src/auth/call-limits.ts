import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Quota, type QuotaUse } from '../common/quota.js';
import { policyConfig } from '../config/policy.config.js';
import type { Principal } from './principal.js';
import { quotaKeysOf } from './quota-keys.js';

/** A page of a hundred tokens takes twenty times the processor time of a small answer. */
const ANSWER_BYTES_A_CALL = 4096;

/** A quota of a business, and the half of it that one of its tokens may use. */
class SharedQuota {
  private readonly ofBusiness: Quota;
  private readonly ofToken: Quota;

  constructor(name: string, limit: number) {
    this.ofBusiness = new Quota(`business-${name}`, limit);
    this.ofToken = new Quota(`token-${name}`, Math.ceil(limit / 2));
  }

  /** What its token may not use, and so does not get, is not counted against the business. */
  use(principal: Principal, businessId: string | null): QuotaUse[] {
    const { business, token } = quotaKeysOf(principal, businessId);
    if (token === null) return [this.ofBusiness.use(business)];
    const ofToken = this.ofToken.use(token);
    return [this.ofBusiness.use(business, ofToken.isExceeded ? 0 : 1), ofToken];
  }

  /** Counts against the token alone; against the platform, where it has no quota of its own. */
  useOfToken(principal: Principal, businessId: string | null): QuotaUse[] {
    const { business, token } = quotaKeysOf(principal, businessId);
    return [token === null ? this.ofBusiness.use(business) : this.ofToken.use(token)];
  }

  /** Counts what was got. */
  add(principal: Principal, businessId: string | null, units: number): void {
    const { business, token } = quotaKeysOf(principal, businessId);
    this.ofBusiness.use(business, units);
    if (token !== null) this.ofToken.use(token, units);
  }
}

/** How often a business and each of its tokens may call, and be denied. */
@Injectable()
export class CallLimits {
  private readonly calls: SharedQuota;
  private readonly denials: SharedQuota;
  private readonly misses: SharedQuota;

  constructor(@Inject(policyConfig.KEY) config: ConfigType<typeof policyConfig>) {
    this.calls = new SharedQuota('calls', config.businessCallsPerSecond);
    this.denials = new SharedQuota('denials', config.businessDenialsPerSecond);
    this.misses = new SharedQuota('misses', config.businessDenialsPerSecond);
  }

  /** Counts a management call. @param businessId the business of the call; null: none */
  call(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.calls.use(principal, businessId);
  }

  /** Counts a call that may lower rights: the calls of others in the business use up nothing of it. */
  lowering(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.calls.useOfToken(principal, businessId);
  }

  /** Counts the size of an answer: one more call for each full 4 kB. */
  answer(principal: Principal, businessId: string | null, bytes: number): void {
    const units = Math.floor(bytes / ANSWER_BYTES_A_CALL);
    if (units > 0) this.calls.add(principal, businessId, units);
  }

  /** Counts a denied call of any kind. */
  denial(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.denials.use(principal, businessId);
  }

  /** Counts a call for what does not exist or is not the caller's: these have the same limit as denials. */
  miss(principal: Principal, businessId: string | null): QuotaUse[] {
    return this.misses.use(principal, businessId);
  }
}
