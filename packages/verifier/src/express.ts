import type { IncomingMessage, ServerResponse } from 'node:http';
import { Admission, type ProtectOptions, type Refusal } from './admission.js';
import type { ActiveVerdict } from './verdict.js';
import type { Verifier } from './verifier.js';

export type { ProtectOptions } from './admission.js';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- where Express's own types take additions
  namespace Express {
    interface Request {
      /** Who calls, as proven by the bearer token; set by `protect`. */
      principal?: ActiveVerdict;
    }
  }
}

type ExpressRequest = IncomingMessage & { ip?: string | undefined; principal?: ActiveVerdict };

/** A middleware that admits requests with an active token and sets `request.principal`, and refuses the others. */
export type Middleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Express 4 and 5. The client's address is Express's `request.ip`: set `trust proxy` behind a proxy. */
export function protect(verifier: Verifier, options?: ProtectOptions): Middleware {
  const admission = new Admission(verifier, options);
  return (request, response, next) => {
    const pending = admission.admit(request.headers.authorization, request);
    if (!(pending instanceof Promise)) return settle(pending, request, response, next);
    pending.then((outcome) => settle(outcome, request, response, next), next);
  };
}

function settle(
  outcome: ActiveVerdict | Refusal,
  request: ExpressRequest,
  response: ServerResponse,
  next: () => void,
): void {
  if (outcome.active) {
    request.principal = outcome;
    next();
    return;
  }
  response.writeHead(outcome.status, {
    ...outcome.headers,
    'content-type': 'application/json; charset=utf-8',
  });
  response.end(JSON.stringify(outcome.body));
}
