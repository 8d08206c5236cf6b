import { displayablePartOf } from '../secrets/secret-format.js';

/** Failed authentications that are counted together. */
export interface FailedAuthentication {
  ip: string | null;
  failure: string;
  prefix: string | null;
  publicId: string | null;
  count: number;
}

/** Guesses that are recorded separately for one address; more are counted together, without a public id. */
const GUESSES_AN_ADDRESS_MAX = 3;
/** Lines in an interval; what comes from further addresses is counted together, without an address. */
const LINES_MAX = 1000;

/**
 * Counts failed authentications by address and reason, so that guessing floods neither memory nor the log. Only prefix
 * and public id of a guess are kept (R8).
 */
export class FailureTally {
  private lines = new Map<string, FailedAuthentication>();
  private guesses = new Map<string, number>();

  add(ip: string, failure: string, secret: string | null): void {
    const { prefix, publicId } = secret === null ? NOTHING : displayablePartOf(secret);
    if (publicId === null || this.count(ip, failure, prefix, publicId, false)) {
      if (publicId === null) this.count(ip, failure, null, null, true);
      return;
    }
    const guesses = this.guesses.get(ip) ?? 0;
    const isToldApart = guesses < GUESSES_AN_ADDRESS_MAX;
    if (isToldApart) this.guesses.set(ip, guesses + 1);
    this.count(ip, failure, isToldApart ? prefix : null, isToldApart ? publicId : null, true);
  }

  /** Everything counted since the last call. */
  take(): FailedAuthentication[] {
    const lines = [...this.lines.values()];
    this.lines = new Map();
    this.guesses = new Map();
    return lines;
  }

  /** Puts back what could not be recorded. */
  putBack(lines: readonly FailedAuthentication[]): void {
    for (const { ip, failure, prefix, publicId, count } of lines)
      this.count(ip, failure, prefix, publicId, true, count);
  }

  /** @returns false if there is no such line and none may be added */
  private count(
    ip: string | null,
    failure: string,
    prefix: string | null,
    publicId: string | null,
    make: boolean,
    by = 1,
  ): boolean {
    const key = JSON.stringify([ip, failure, publicId]);
    const line = this.lines.get(key);
    if (line !== undefined) line.count += by;
    else if (!make) return false;
    else if (ip !== null && this.lines.size >= LINES_MAX) this.count(null, failure, null, null, true, by);
    else this.lines.set(key, { ip, failure, prefix, publicId, count: by });
    return true;
  }
}

const NOTHING = { prefix: null, publicId: null };
