import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const TAKES_OWN_TURNS = 'rescind:takes-own-turns';

/**
 * Marks a route whose service waits for its turns by itself: shared transactions take the turns of SharedChanges,
 * everything else those of ManagementAdmission.
 */
export const TakesOwnTurns = (): MethodDecorator => SetMetadata(TAKES_OWN_TURNS, true);

export function takesOwnTurns(context: ExecutionContext, reflector: Reflector): boolean {
  return reflector.get<true | undefined>(TAKES_OWN_TURNS, context.getHandler()) === true;
}
