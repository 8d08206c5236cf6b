// @ts-check
/**
 * How a token can be asked about: the native API; introspection, which does not say why not; the gateway; the gateway
 * with a scope that needs a role; the native API with the client's address; a request that the token itself makes.
 */
export const WAYS = ['verify', 'introspect', 'gateway', 'scoped', 'addressed', 'acted'];

/** How a verification ended. `inactive`: refused, without a reason. The last two say nothing about the token. */
export const OUTCOMES = [
  'active',
  'revoked',
  'expired',
  'suspended',
  'unknown',
  'exhausted',
  'ip_not_allowed',
  'denied',
  'inactive',
  'unavailable',
  'unanswered',
];

const CHUNK = 65_536;

/** @typedef {{token: number, verifier: number, way: string, outcome: string, startMs: number, endMs: number}} Verification */

/**
 * What clients saw, on one monotonic clock: every change with its start and end, and every verification, answered or
 * not. Verifications are kept in flat arrays: a run has millions of them.
 */
export class History {
  /**
   * `askedMs`: when it was asked for, 0: unknown; `knownMs`: when its secret was known.
   * @type {{id: string, owner: string | null, business: string | null, replaces: number | null, usesMax: number, askedMs: number, knownMs: number}[]}
   */
  tokens = [];
  /** @type {any[]} */
  changes = [];
  length = 0;
  #token = new Uint32Array(CHUNK);
  #verifier = new Uint8Array(CHUNK);
  #way = new Uint8Array(CHUNK);
  #outcome = new Uint8Array(CHUNK);
  #startMs = new Float64Array(CHUNK);
  #endMs = new Float64Array(CHUNK);

  /**
   * @param {{id: string, owner: string | null, business: string | null, replaces?: number | null, usesMax?: number, askedMs?: number}} token
   * @returns {number} the token's number in this history
   */
  addToken({ id, owner, business, replaces = null, usesMax = Infinity, askedMs = 0 }) {
    const knownMs = performance.now();
    return this.tokens.push({ id, owner, business, replaces, usesMax, askedMs, knownMs }) - 1;
  }

  /**
   * @param {any} change kind: 'revoke', 'operator-revoke', 'rotate' (graceMs), 'end-owner', 'cut-off' (of an owner), or 'begin' and 'end' of a
   * `condition` of a `subject` (see history-checker.mjs); with the token or owner it is about, startMs and endMs. `ok`
   * false: what became of it is not known.
   */
  addChange(change) {
    this.changes.push(change);
  }

  /** @param {Verification} verification */
  addVerification({ token, verifier, way, outcome, startMs, endMs }) {
    const index = this.length++;
    if (index === this.#token.length) this.#grow();
    this.#token[index] = token;
    this.#verifier[index] = verifier;
    this.#way[index] = WAYS.indexOf(way);
    this.#outcome[index] = OUTCOMES.indexOf(outcome);
    this.#startMs[index] = startMs;
    this.#endMs[index] = endMs;
  }

  /** @returns {Verification} */
  verification(index) {
    return {
      token: this.#token[index],
      verifier: this.#verifier[index],
      way: WAYS[this.#way[index]],
      outcome: OUTCOMES[this.#outcome[index]],
      startMs: this.#startMs[index],
      endMs: this.#endMs[index],
    };
  }

  *verifications() {
    for (let index = 0; index < this.length; index++) yield this.verification(index);
  }

  #grow() {
    const longer = (array) => {
      const copy = new array.constructor(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.#token = longer(this.#token);
    this.#verifier = longer(this.#verifier);
    this.#way = longer(this.#way);
    this.#outcome = longer(this.#outcome);
    this.#startMs = longer(this.#startMs);
    this.#endMs = longer(this.#endMs);
  }
}
