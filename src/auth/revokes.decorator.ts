import 'reflect-metadata';
import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ofEachRoute } from './of-each-route.js';

const REVOKES = 'rescind:revokes';

/** Whether a request with this body removes rights. It never throws: what is wrong with a body is said later. */
type Removes = (body: unknown) => boolean;

const ALWAYS: Removes = () => true;

/**
 * Marks a route that removes rights: of a token, an owner or a business. It has sessions of its own and does not wait
 * for management calls, so its code may use only the revoke lane and the verify lane.
 * @param removes for a route that removes rights with some bodies and is a call like others with the rest
 */
export const Revokes = (removes = ALWAYS): MethodDecorator => SetMetadata(REVOKES, removes);

const removesOf = ofEachRoute((handler) => Reflect.getMetadata(REVOKES, handler) as Removes | undefined);

export function isRevocationRoute(context: ExecutionContext): boolean {
  const removes = removesOf(context);
  if (removes === undefined) return false;
  return removes === ALWAYS || removes(context.switchToHttp().getRequest<{ body?: unknown }>().body);
}

/** Whether the request only asks what a revocation would do: that takes nothing away, and is a call like others. */
export function isPreview(context: ExecutionContext): boolean {
  const { body } = context.switchToHttp().getRequest<{ body?: unknown }>();
  return typeof body === 'object' && body !== null && 'preview' in body && body.preview === true;
}
