import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const REVOKES = 'rescind:revokes';

/**
 * A route that takes rights away: a token's, an owner's or a business's. It has sessions of its own and waits for no
 * management, so what is below it may use the RevokeLane and the verify lane only.
 */
export const Revokes = (): MethodDecorator => SetMetadata(REVOKES, true);

export function isRevocationRoute(context: ExecutionContext, reflector: Reflector): boolean {
  return reflector.get<true | undefined>(REVOKES, context.getHandler()) === true;
}

/** Whether the request only asks what a revocation would do: that takes nothing away, and is a call like others. */
export function isPreview(context: ExecutionContext): boolean {
  const { body } = context.switchToHttp().getRequest<{ body?: unknown }>();
  return typeof body === 'object' && body !== null && 'preview' in body && body.preview === true;
}
