import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const REVOKES = 'rescind:revokes';

/**
 * Marks a route that removes rights: of a token, an owner or a business. It has sessions of its own and does not wait
 * for management calls, so its code may use only the revoke lane and the verify lane.
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
