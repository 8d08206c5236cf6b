import { type ExecutionContext, SetMetadata, type Type } from '@nestjs/common';
import 'reflect-metadata';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * What `read` finds out about a route from the metadata of its handler and its class, which do not change: found out once a
 * route.
 */
export function ofEachRoute<Fact>(
  read: (handler: Handler, controller: Type) => Fact,
): (context: ExecutionContext) => Fact {
  const facts = new WeakMap<Type, Map<Handler, Fact>>();
  return (context) => {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    let known = facts.get(controller);
    if (known === undefined) facts.set(controller, (known = new Map<Handler, Fact>()));
    let fact = known.get(handler);
    if (fact === undefined && !known.has(handler)) known.set(handler, (fact = read(handler, controller)));
    return fact as Fact;
  };
}

const REVOKES = 'rescind:revokes';

/** Whether a request with this body removes rights. It never throws: what is wrong with a body is said later. */
type Removes = (body: unknown) => boolean;

interface Removal {
  removes: Removes;
  /** Whether it may as well give rights. */
  mayGive: boolean;
}

const ALWAYS: Removes = () => true;

/**
 * Marks a route that removes rights: of a token, an owner or a business. It has sessions of its own and does not wait
 * for management calls, so its code may use only the revoke lane and the verify lane.
 * @param removes for a route that removes rights with some bodies and is a call like others with the rest
 */
export const Revokes = (removes = ALWAYS): MethodDecorator =>
  SetMetadata(REVOKES, { removes, mayGive: false } satisfies Removal);

/** The same for a route that lowers rights or raises them: what one token may ask of it is limited, as other calls of it are. */
export const Lowers = (removes = ALWAYS): MethodDecorator =>
  SetMetadata(REVOKES, { removes, mayGive: true } satisfies Removal);

/** Whether the body says which, or whether it is pinned. */
export function isOfRole(body: unknown): boolean {
  const { role, role_pinned: pinned } = (body ?? {}) as { role?: unknown; role_pinned?: unknown };
  return role !== undefined || pinned !== undefined;
}

const removalOf = ofEachRoute((handler) => Reflect.getMetadata(REVOKES, handler) as Removal | undefined);

export function isRevocationRoute(context: ExecutionContext): boolean {
  const removes = removalOf(context)?.removes;
  if (removes === undefined) return false;
  return removes === ALWAYS || removes(context.switchToHttp().getRequest<{ body?: unknown }>().body);
}

/** Whether a revocation route may give rights with the same request. */
export function mayGiveRights(context: ExecutionContext): boolean {
  return removalOf(context)?.mayGive === true;
}

/** Whether the request only asks what a revocation would do: that takes nothing away, and is a call like others. */
export function isPreview(context: ExecutionContext): boolean {
  const { body } = context.switchToHttp().getRequest<{ body?: unknown }>();
  return typeof body === 'object' && body !== null && 'preview' in body && body.preview === true;
}
