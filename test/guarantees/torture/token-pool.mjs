// @ts-check
/**
 * Of the newest, those that are asked about, and that something may happen to next. Of the live ones, more than the
 * smallest memory holds (FEW_VERDICTS in world.mjs).
 */
const WATCHED = { live: 160, ended: 96 };
/** Enough to choose from; below that more are issued first. */
const LIVE_MIN = 140;

/**
 * @typedef {{number: number, id: string, owner: string | null, business: string, secret: string, ways: string[]}} KnownToken
 * What is known of a token, and the ways in which it is asked about (history.mjs).
 */

/** The tokens that the clients know, newest first. */
export class TokenPool {
  /** @type {KnownToken[]} */
  #live = [];
  /** @type {KnownToken[]} */
  #ended = [];

  constructor(random, history) {
    this.random = random;
    this.history = history;
  }

  /**
   * Writes a token down and, unless it is somebody's own, lets everybody ask about it.
   * @param {{id: string, secret: string, owner: string | null, business: string | null, ways: string[], replaces?: number | null, usesMax?: number, askedMs?: number}} token
   */
  admit({ secret, ways, ...token }, isShared = true) {
    const known = { ...token, number: this.history.addToken(token), secret, ways };
    if (isShared) this.#live.unshift(known);
    return known;
  }

  /** Mostly tokens that something has just happened to, or is about to. */
  watched() {
    const [list, most] =
      this.random.next() < 0.55 ? [this.#live, WATCHED.live] : [this.#ended, WATCHED.ended];
    return list.length === 0 ? undefined : list[this.random.whole(Math.min(list.length, most))];
  }

  /** Gives a live token to one changer alone; from then on it counts among the ended. Undefined: there are too few. */
  take() {
    if (this.#live.length < LIVE_MIN) return undefined;
    const [token] = this.#live.splice(this.random.whole(Math.min(this.#live.length, WATCHED.live)), 1);
    this.retire(token);
    return token;
  }

  /** Takes a token out of everybody's reach, to be retired by whoever did. */
  withdraw(token) {
    const at = this.#live.indexOf(token);
    if (at >= 0) this.#live.splice(at, 1);
  }

  retire(token) {
    this.#ended.unshift(token);
    this.#ended.length = Math.min(this.#ended.length, WATCHED.ended * 4);
  }

  /** All live tokens of an owner, from now on among the ended. */
  takeAllOf(owner) {
    const theirs = this.#live.filter((token) => token.owner === owner);
    this.#live = this.#live.filter((token) => token.owner !== owner);
    theirs.forEach((token) => this.retire(token));
    return theirs;
  }

  /** Some live token for which `matches` holds. */
  find(matches) {
    return this.#live.find(matches);
  }

  anyEnded() {
    return this.#ended.length === 0 ? undefined : this.random.pick(this.#ended);
  }
}
