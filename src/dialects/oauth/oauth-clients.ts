import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../../auth/authenticator.js';
import type { Principal } from '../../auth/principal.js';
import { refuseMalformed, timesGiven } from '../../common/bearer-header.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { invalidRequest, type Form } from '../../common/http/form.js';

/** Credentials that a form could contain in addition to, or instead of, the Authorization header. */
const FORM_CREDENTIALS = ['access_token', 'client_secret', 'client_assertion'] as const;

const BASIC = /^basic(\s|$)/i;

/** Authenticates the client of an OAuth endpoint: by bearer token, or as an identity with one of its secrets. */
@Injectable()
export class OAuthClients {
  constructor(private readonly authenticator: Authenticator) {}

  /** @throws DomainError as Authenticator; `request.invalid` when credentials are given in two ways */
  async authenticate(request: FastifyRequest, form: Form): Promise<Principal> {
    const header = request.headers.authorization;
    const given = FORM_CREDENTIALS.filter((name) => form[name] !== undefined);
    if (given.length + (header === undefined ? 0 : 1) > 1)
      throw invalidRequest('Credentials are given in more than one way.');
    // Sessions are for pages of our own.
    if (header === undefined) return this.authenticateByForm(request, form);
    if (!BASIC.test(header)) return this.authenticator.authenticate(request);
    const { identityId, secret } = basicCredentialsOf(request, header);
    if (form.client_id !== undefined && form.client_id !== identityId)
      throw invalidRequest('The client_id parameter names another client than the Authorization header.');
    return this.authenticator.authenticateIdentity(identityId, secret, request);
  }

  /** `client_secret_post` (RFC 6749 §2.3.1), the only one of a form that is taken. */
  private authenticateByForm(request: FastifyRequest, form: Form): Promise<Principal> {
    const { client_id: identityId, client_secret: secret } = form;
    if (secret === undefined)
      throw new DomainError(
        'authentication.required',
        'Present a bearer token, or client_id and client_secret.',
      );
    if (identityId === undefined) throw invalidRequest('The client_secret parameter needs a client_id.');
    return this.authenticator.authenticateIdentity(identityId, secret, request);
  }

  /** Whether the request contains any credential, valid or not. */
  presentsCredential(request: FastifyRequest, form: Form): boolean {
    return (
      request.headers.authorization !== undefined || FORM_CREDENTIALS.some((name) => form[name] !== undefined)
    );
  }
}

/** RFC 7617 §2, with both parts form-encoded as RFC 6749 §2.3.1 has it; ids and secrets look the same either way. */
function basicCredentialsOf(request: FastifyRequest, header: string): { identityId: string; secret: string } {
  if (timesGiven(request.raw) > 1) refuseMalformed();
  const encoded = header.slice('basic'.length).trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) refuseMalformed();
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon === -1) refuseMalformed();
  return { identityId: formDecoded(pair.slice(0, colon)), secret: formDecoded(pair.slice(colon + 1)) };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return refuseMalformed();
  }
}
