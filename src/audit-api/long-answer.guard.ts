import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { holdTo } from '../admission/rate-limit-fields.js';
import { Turns } from '../admission/turns.js';
import { sharersOf } from '../auth/sharers.js';

type LongAnswerKind = Parameters<Turns['enterShared']>[0];

const KIND = 'rescind:long_answer';

/** Limits the number of long answers that a business, and each of its tokens, has open at once. */
@Injectable()
class LongAnswerGuard implements CanActivate {
  constructor(
    private readonly turns: Turns,
    private readonly reflector: Reflector,
  ) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { user, businessId } = http.getRequest<AuthenticatedRequest>();
    const reply = http.getResponse<FastifyReply>();
    const kind = this.reflector.get<LongAnswerKind>(KIND, context.getHandler());
    const { uses, end } = this.turns.enterShared(kind, sharersOf(user, businessId ?? null));
    holdTo(uses, reply);
    if (reply.raw.destroyed) end();
    else reply.raw.once('close', end);
    return true;
  }
}

/**
 * Marks a route whose answers are long. It is placed above the decorator that says who may call, and is checked
 * after it.
 */
export const LongAnswer = (kind: LongAnswerKind): MethodDecorator =>
  applyDecorators(SetMetadata(KIND, kind), UseGuards(LongAnswerGuard));
