import type { ExecutionContext, Type } from '@nestjs/common';

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
