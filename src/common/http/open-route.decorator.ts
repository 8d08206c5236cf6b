import { RouteConfig } from '@nestjs/platform-fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    openRoute?: { credential: 'none' | 'optional'; signedBodyBytesMax?: number };
  }
}

/**
 * Marks a route that no credential guards, so that anybody can make it work: its body is held to 4 kB and its callers
 * to a budget (see admission.ts).
 * @param credential `optional`: one may be presented and is then judged; whoever does is held to no budget here
 */
export function OpenRoute(credential: 'none' | 'optional' = 'none'): MethodDecorator {
  return RouteConfig({ openRoute: { credential } });
}

/**
 * An open route whose body carries a signature over it: it is handed on as the text that came, to be parsed by whoever has
 * verified that.
 * @param bytesMax of the body
 */
export function SignedBodyRoute(bytesMax: number): MethodDecorator {
  return RouteConfig({ openRoute: { credential: 'none', signedBodyBytesMax: bytesMax } });
}
