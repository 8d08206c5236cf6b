import { SESSION_COOKIE } from '../../src/common/session-secret.js';
import { Api, type AnyBody, type ApiAnswer, type Call } from './api.js';
import { noteSecret } from './test-run.js';

/** A page of our own in a browser that has the cookie of a session. */
export class SessionApi extends Api {
  constructor(
    url: string,
    readonly sessionSecret: string,
    business: string | null = null,
    readonly site: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ) {
    super(url, null, business);
  }

  override as(secret: string | null): Api {
    return new Api(this.url, secret, this.business);
  }

  override within(business: string | null): SessionApi {
    return new SessionApi(this.url, this.sessionSecret, business, this.site);
  }

  /** The same cookie, sent to another process. */
  at(url: string): SessionApi {
    return new SessionApi(url, this.sessionSecret, this.business, this.site);
  }

  /** The same, asked for by a page that the browser says this of. */
  from(site: Record<string, string>): SessionApi {
    return new SessionApi(this.url, this.sessionSecret, this.business, site);
  }

  override call<Body = AnyBody>(method: string, path: string, call: Call = {}): Promise<ApiAnswer<Body>> {
    const headers = { cookie: `${SESSION_COOKIE}=${this.sessionSecret}`, ...this.site, ...call.headers };
    return super.call<Body>(method, path, { ...call, headers });
  }
}

/** A page of our own that has a token. */
export class OwnPageApi extends Api {
  override call<Body = AnyBody>(method: string, path: string, call: Call = {}): Promise<ApiAnswer<Body>> {
    const headers = { 'sec-fetch-site': 'same-origin', ...call.headers };
    return super.call<Body>(method, path, { ...call, headers });
  }
}

export interface TestSession {
  id: string;
  secret: string;
  body: AnyBody;
  /** Its pages, which name the business of `token`. */
  api: SessionApi;
}

/** Signs in with the token of `api`. */
export async function aSession(api: Api): Promise<TestSession> {
  const answer = await new OwnPageApi(api.url, api.secret).post('/api/v1/sessions', {});
  if (answer.status !== 201) throw new Error(`no session: ${answer.status} ${answer.text}`);
  const secret = secretIn(answer);
  return {
    id: answer.body.id as string,
    secret,
    body: answer.body,
    api: new SessionApi(api.url, secret, api.business),
  };
}

/** The secret in the cookie that an answer sets. */
export function secretIn({ headers }: Pick<ApiAnswer<unknown>, 'headers'>): string {
  const secret = new RegExp(`^${SESSION_COOKIE}=([^;]*);`).exec(headers['set-cookie']?.[0] ?? '')?.[1] ?? '';
  if (secret !== '') noteSecret(secret);
  return secret;
}
