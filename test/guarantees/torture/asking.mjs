// @ts-check
import { ADMINISTRATORS_SCOPE } from './owners.mjs';
import { HttpConnection, NoAnswer } from './raw-http.mjs';

const PROBES_MAX = 48;
/** Where tokens that are bound to addresses are presented from. */
const PRESENTED_FROM = '203.0.113.7';
const REASONS = new Set(['revoked', 'expired', 'suspended', 'unknown', 'exhausted', 'ip_not_allowed']);

const JSON_TYPE = 'content-type: application/json\r\n';
const FORM_TYPE = 'content-type: application/x-www-form-urlencoded\r\n';

/**
 * The ways to ask (history.mjs): the request, given who asks, and what its answer says; undefined: nothing of the
 * token. Who asks about a token is mostly its own business; the gateway asks in the token's name.
 */
const WAYS = {
  verify: {
    request: ({ secret }, asker) => ['POST', '/api/v1/tokens/verify', asker + JSON_TYPE, `{"token":"${secret}"}`],
    outcome: verdictOf,
  },
  addressed: {
    request: ({ secret }, asker) =>
      ['POST', '/api/v1/tokens/verify', asker + JSON_TYPE, `{"token":"${secret}","ip":"${PRESENTED_FROM}"}`],
    outcome: verdictOf,
  },
  introspect: {
    request: ({ secret }, asker) => ['POST', '/oauth/introspect', asker + FORM_TYPE, `token=${secret}`],
    outcome: ({ status, text }) =>
      status !== 200 ? undefined : text.startsWith('{"active":true') ? 'active' : 'inactive',
  },
  gateway: {
    request: ({ secret }) => ['GET', '/gateway/authorize', `authorization: Bearer ${secret}\r\n`],
    outcome: ({ status }) => GATEWAY_OUTCOMES[status],
  },
  scoped: {
    request: ({ secret }) =>
      ['GET', `/gateway/authorize?scope=${ADMINISTRATORS_SCOPE}`, `authorization: Bearer ${secret}\r\n`],
    outcome: ({ status }) => GATEWAY_OUTCOMES[status],
  },
}; // prettier-ignore

const GATEWAY_OUTCOMES = { 200: 'active', 401: 'inactive', 403: 'denied' };

function verdictOf({ status, text }) {
  if (status !== 200) return undefined;
  if (text.startsWith('{"active":true')) return 'active';
  const reason = /"reason":"(\w+)"/.exec(text)?.[1];
  return REASONS.has(reason) ? reason : undefined;
}

/** Asks verifiers about tokens, and writes down what they said. */
export class Asker {
  #probes;

  /** @param {import('./world.mjs').World} world */
  constructor({ verifiers, children, random, history, tenants, secret, leaseMs }) {
    this.verifiers = verifiers;
    this.children = children;
    this.random = random;
    this.history = history;
    this.tenants = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.platform = `authorization: Bearer ${secret}\r\n`;
    this.timeoutMs = leaseMs * 6 + 2000;
    this.#probes = verifiers.map(() => []);
    /** Answers that were no verdict. */
    this.otherwise = 0;
  }

  /** @returns true when that gave a verdict */
  async ask(connection, verifier, token, way = this.random.pick(token.ways)) {
    const startMs = performance.now();
    const note = (outcome) =>
      this.history.addVerification({
        token: token.number,
        verifier: verifier.index,
        way,
        outcome,
        startMs,
        endMs: performance.now(),
      });
    try {
      const [method, path, headers, body] = WAYS[way].request(token, this.#askerOf(token.business));
      const answer = await connection.request(method, path, headers, body, this.timeoutMs);
      const outcome = answer.status === 503 ? 'unavailable' : WAYS[way].outcome(answer);
      if (outcome === undefined) this.otherwise++;
      else note(outcome);
      return outcome !== undefined && outcome !== 'unavailable';
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      note('unanswered');
      return false;
    }
  }

  /** Asks every verifier at once, over connections of its own: also those that do not answer at the moment. */
  askAll(token) {
    for (const child of this.children) child.watch([token], true);
    return Promise.all(
      this.verifiers.map((verifier) => {
        const pool = this.#probes[verifier.index];
        let connection = pool.find((each) => !each.busy);
        if (connection === undefined && pool.length < PROBES_MAX)
          pool.push((connection = new HttpConnection(verifier.port)));
        return connection && this.ask(connection, verifier, token);
      }),
    );
  }

  /**
   * Mostly the business itself, which is judged from memory like the token; the platform, whose calls ask the
   * database for the business, also while that is suspended.
   */
  #askerOf(business) {
    const tenant = this.tenants.get(business);
    const asPlatform = tenant.suspension.freeFromMs === Infinity || this.random.next() < 0.05;
    const authorization = asPlatform ? this.platform : `authorization: Bearer ${tenant.secret}\r\n`;
    return `${authorization}x-business-id: ${business}\r\n`;
  }
}
