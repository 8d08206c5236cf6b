import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { Admission, type ProtectOptions, type Refusal } from './admission.js';
import type { ActiveVerdict } from './verdict.js';
import type { Verifier } from './verifier.js';

export type { ProtectOptions } from './admission.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, as proven by the bearer token; null if no token was proven. */
    principal: ActiveVerdict | null;
  }
  interface FastifyInstance {
    /** A hook (`onRequest`) that admits requests with an active token, and refuses the others. */
    protect(options?: ProtectOptions): ProtectHook;
  }
}

export type ProtectHook = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void;

export interface VerifierPluginOptions {
  readonly verifier: Verifier;
}

/**
 * `app.register(rescind, { verifier })` adds `request.principal` and `app.protect({ scopes })` to the whole application.
 * The client's address is Fastify's `request.ip`: set `trustProxy` behind a proxy. You must close the verifier yourself.
 */
export const rescind: FastifyPluginCallback<VerifierPluginOptions> = (app, { verifier }, done) => {
  app.decorateRequest('principal', null);
  app.decorate('protect', (options?: ProtectOptions) => protect(verifier, options));
  done();
};

// As fastify-plugin marks a plugin: what it decorates is for those beside it too.
Object.assign(rescind, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@rescind/verifier',
  [Symbol.for('plugin-meta')]: { name: '@rescind/verifier', fastify: '5.x' },
});

function protect(verifier: Verifier, options?: ProtectOptions): ProtectHook {
  const admission = new Admission(verifier, options);
  return (request, reply, done) => {
    const pending = admission.admit(request.headers.authorization, request);
    if (!(pending instanceof Promise)) return settle(pending, request, reply, done);
    pending.then((outcome) => settle(outcome, request, reply, done), done);
  };
}

function settle(
  outcome: ActiveVerdict | Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
): void {
  if (outcome.active) {
    request.principal = outcome;
    done();
    return;
  }
  void reply.code(outcome.status).headers(outcome.headers).send(outcome.body);
}
