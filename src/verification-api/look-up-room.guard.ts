import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { askerOf } from '../verification/presentation.js';
import { VerdictsRepository } from '../verification/verdicts.repository.js';

/** Refuses a batch before its input is checked while its business has as many look-ups waiting as it may. */
@Injectable()
export class LookUpRoomGuard implements CanActivate {
  constructor(private readonly lookUps: VerdictsRepository) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const { user, businessId } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    this.lookUps.demandRoom(askerOf(businessId ?? user.businessId));
    return true;
  }
}
