import type { Question } from './judgement.js';
import type { ActiveVerdict, InactiveVerdict, Verdict } from './verdict.js';
import type { Verifier } from './verifier.js';

export interface ProtectOptions {
  /** Scopes that the token must have, all of them. */
  readonly scopes?: readonly string[];
  /** The realm of the challenge; default: `api`. */
  readonly realm?: string;
}

/** How a request is refused (RFC 6750 §3). It contains no secret, and does not say why a token is refused. */
export interface Refusal {
  readonly active: false;
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly error_description: string };
}

const RETRY_AFTER_SECONDS = '1';
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
/** The usual spelling. */
const USUAL_SCHEME = 'Bearer ';
/** RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const REALM = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * Admits requests with an active token (RFC 6750 §2.1), with its verdict as the principal.
 * @throws TypeError for scopes or a realm that cannot be written in a challenge
 */
export class Admission {
  private readonly scopes: readonly string[] | undefined;
  private readonly withoutToken: Refusal;
  private readonly invalid: Refusal;
  private readonly insufficient: Refusal;
  private readonly notFromThere: Refusal;

  constructor(
    private readonly verifier: Pick<Verifier, 'verify' | 'verifyCached'>,
    { scopes, realm = 'api' }: ProtectOptions = {},
  ) {
    if (!REALM.test(realm)) throw new TypeError('realm: visible ASCII without quotes and backslashes');
    for (const scope of scopes ?? [])
      if (!SCOPE_TOKEN.test(scope)) throw new TypeError('scopes: no scope of RFC 6749');
    // No scopes at all is an answer, too: the usage of the token says what it needs.
    this.scopes = scopes === undefined ? undefined : Object.freeze([...scopes]);
    const challenge = `Bearer realm="${realm}"`;
    const scope = scopes === undefined || scopes.length === 0 ? '' : `, scope="${scopes.join(' ')}"`;
    this.withoutToken = refusal(401, challenge, 'token_required', 'A bearer token is needed.');
    this.invalid = refusal(
      401,
      `${challenge}, error="invalid_token"`,
      'invalid_token',
      'The token is not good.',
    );
    this.insufficient = refusal(
      403,
      `${challenge}, error="insufficient_scope"${scope}`,
      'insufficient_scope',
      'The token does not have the scopes that are needed.',
    );
    this.notFromThere = refusal(
      403,
      `${challenge}, error="insufficient_scope"`,
      'address_not_allowed',
      'The token may not be used from this address.',
    );
  }

  /**
   * The principal, or the refusal. Synchronous if the memory can answer.
   * @param authorization the header of that name
   * @param from the request: its `ip`, the client's address, is read only for tokens that are bound to addresses and for
   *   tokens that are not in memory
   */
  admit(
    authorization: string | undefined,
    from: { readonly ip?: string | undefined },
  ): ActiveVerdict | Refusal | Promise<ActiveVerdict | Refusal> {
    if (authorization === undefined) return this.withoutToken;
    const question = new RequestQuestion(this.scopes, from);
    if (authorization.startsWith(USUAL_SCHEME)) {
      // The form is checked only if the memory cannot answer: a secret that it knows was found good by a server.
      const cached = this.verifier.verifyCached(authorization.slice(USUAL_SCHEME.length), question);
      if (cached !== undefined) return this.answer(cached);
    }
    const secret = BEARER.exec(authorization)?.[1];
    if (secret === undefined) return /^bearer +\S/i.test(authorization) ? this.invalid : this.withoutToken;
    const verdict = this.verifier.verify(secret, question);
    return verdict instanceof Promise ? verdict.then((late) => this.answer(late)) : this.answer(verdict);
  }

  private answer(verdict: Verdict): ActiveVerdict | Refusal {
    return verdict.active ? verdict : this.refusalOf(verdict.reason);
  }

  private refusalOf(reason: InactiveVerdict['reason']): Refusal {
    switch (reason) {
      case 'unavailable':
        return UNAVAILABLE;
      case 'insufficient_scope':
        return this.insufficient;
      case 'ip_not_allowed':
        return this.notFromThere;
      default:
        return this.invalid;
    }
  }
}

/**
 * Reads the address only when it is needed: behind a proxy a framework needs as much time for it as a verdict takes.
 */
class RequestQuestion implements Question {
  constructor(
    readonly scopes: readonly string[] | undefined,
    private readonly from: { readonly ip?: string | undefined },
  ) {}

  get ip(): string | undefined {
    return this.from.ip;
  }
}

const UNAVAILABLE: Refusal = {
  active: false,
  status: 503,
  headers: { 'retry-after': RETRY_AFTER_SECONDS },
  body: {
    error: 'temporarily_unavailable',
    error_description: 'It cannot be told whether the token is good.',
  },
};

function refusal(status: 401 | 403, challenge: string, error: string, description: string): Refusal {
  return {
    active: false,
    status,
    headers: { 'www-authenticate': challenge },
    body: { error, error_description: description },
  };
}
