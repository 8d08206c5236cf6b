import { RouteConfig } from '@nestjs/platform-fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    openRoute?: { credential: 'none' | 'optional' };
  }
}

/**
 * Marks a route that no credential guards, so that anybody can make it work: its body is held to 4 kB and its callers
 * to a budget (see admission.ts).
 * @param credential `optional`: one may be presented and is then judged; whoever does is held to no budget here
 */
export function OpenRoute(credential: 'none' | 'optional' = 'none'): MethodDecorator {
  return RouteConfig({ openRoute: { credential } }) as MethodDecorator;
}
