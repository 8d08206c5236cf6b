import { RouteConfig } from '@nestjs/platform-fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    openRoute?: { credential: 'none' | 'optional' | 'signature'; signedBodyBytesMax?: number };
  }
}

/**
 * Marks a route that no credential guards, so that anybody can make it work: its body is held to 4 kB and its callers
 * to a budget (admission/open-requests.ts).
 * @param credential `optional`: one may be presented and is then judged; whoever does is held to no budget here
 */
export function OpenRoute(credential: 'none' | 'optional' = 'none'): MethodDecorator {
  return RouteConfig({ openRoute: { credential } });
}

/**
 * An open route whose callers prove themselves by a signature in what they send, which the route verifies: what is good is held to
 * no budget, so that nobody's reports or logouts are dropped for their number; who sends bad or used ones is soon not read any
 * more (admission/open-requests.ts).
 * @param signedBodyBytesMax of a body that is signed as the text that came, and is handed on so; undefined: it holds what is signed
 */
export function SignedRoute(signedBodyBytesMax?: number): MethodDecorator {
  return RouteConfig({ openRoute: { credential: 'signature', signedBodyBytesMax } });
}
