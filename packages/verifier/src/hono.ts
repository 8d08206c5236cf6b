import type { Context, MiddlewareHandler } from 'hono';
import { Admission, type ProtectOptions } from './admission.js';
import type { ActiveVerdict } from './verdict.js';
import type { Verifier } from './verifier.js';

export interface HonoProtectOptions extends ProtectOptions {
  /** The client's address, which Hono does not know by itself; without it tokens that are bound to addresses are refused. */
  readonly ip?: (context: Context) => string | undefined;
}

/** `new Hono<ProtectedEnv>()`, or of one route: `context.get('principal')` is who calls, as proven by the bearer token. */
export interface ProtectedEnv {
  Variables: { principal: ActiveVerdict };
}

/** A middleware that admits requests with an active token and sets `principal`, and refuses the others. */
export function protect(
  verifier: Verifier,
  { ip, ...options }: HonoProtectOptions = {},
): MiddlewareHandler<ProtectedEnv> {
  const admission = new Admission(verifier, options);
  return async (context, next) => {
    const outcome = await admission.admit(context.req.header('authorization'), { ip: ip?.(context) });
    if (!outcome.active) {
      return Response.json(outcome.body, { status: outcome.status, headers: outcome.headers });
    }
    context.set('principal', outcome);
    await next();
    return undefined;
  };
}
