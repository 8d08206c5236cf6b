import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const TAKES_OWN_TURNS = 'rescind:takes-own-turns';

/**
 * A route whose service asks for its turns by itself: what it does in transactions that others share takes the turns of
 * SharedChanges, all else those of ManagementAdmission.
 */
export const TakesOwnTurns = (): MethodDecorator => SetMetadata(TAKES_OWN_TURNS, true);

export function takesOwnTurns(context: ExecutionContext, reflector: Reflector): boolean {
  return reflector.get<true | undefined>(TAKES_OWN_TURNS, context.getHandler()) === true;
}
