/** How a verification ended. What had no answer, or a 503, is not part of the history. */
export const OUTCOMES = ['active', 'revoked', 'expired', 'suspended', 'unknown'];

const CHUNK = 65_536;

/**
 * What clients saw, on one monotonic clock: every change with its start and end, and every verification that was
 * answered. Verifications are kept in flat arrays: a run has millions of them.
 */
export class History {
  tokens = [];
  changes = [];
  length = 0;
  #token = new Uint32Array(CHUNK);
  #verifier = new Uint8Array(CHUNK);
  #outcome = new Uint8Array(CHUNK);
  #startMs = new Float64Array(CHUNK);
  #endMs = new Float64Array(CHUNK);

  /** @returns the token's number in this history */
  addToken({ id, jti, owner, business, replaces = null }) {
    return this.tokens.push({ id, jti, owner, business, replaces }) - 1;
  }

  /**
   * @param change kind: 'revoke', 'operator-revoke', 'rotate' (graceMs), 'end-owner', 'suspend', 'resume', with the
   * token, owner or business it is about. `ok` false: what became of it is not known.
   */
  addChange(change) {
    this.changes.push(change);
  }

  addVerification(token, verifier, outcome, startMs, endMs) {
    const index = this.length++;
    if (index === this.#token.length) this.#grow();
    this.#token[index] = token;
    this.#verifier[index] = verifier;
    this.#outcome[index] = OUTCOMES.indexOf(outcome);
    this.#startMs[index] = startMs;
    this.#endMs[index] = endMs;
  }

  verification(index) {
    return {
      token: this.#token[index],
      verifier: this.#verifier[index],
      outcome: OUTCOMES[this.#outcome[index]],
      startMs: this.#startMs[index],
      endMs: this.#endMs[index],
    };
  }

  #grow() {
    const longer = (array) => {
      const copy = new array.constructor(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.#token = longer(this.#token);
    this.#verifier = longer(this.#verifier);
    this.#outcome = longer(this.#outcome);
    this.#startMs = longer(this.#startMs);
    this.#endMs = longer(this.#endMs);
  }
}
