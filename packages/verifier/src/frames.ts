import { isObject, readFact, type Fact } from './fact.js';
import type { Eviction } from './remembered-verdicts.js';

/** An opaque value. */
export type Epoch = string | number;

/** A message of the server on the stream. */
export type ServerFrame =
  | {
      readonly type: 'welcome';
      readonly epoch: Epoch;
      readonly id: string;
      readonly termMs: number;
      readonly seq: number;
    }
  | {
      readonly type: 'grant';
      readonly n: number;
      readonly epoch: Epoch;
      readonly ms: number;
      readonly dbNow: number;
    }
  | { readonly type: 'fact'; readonly id: number; readonly fact: Fact }
  | { readonly type: 'failed'; readonly id: number }
  | { readonly type: 'evict'; readonly seq: number; readonly entries: readonly Eviction[] }
  | { readonly type: 'reset'; readonly seq: number; readonly epoch: Epoch }
  | { readonly type: 'bye'; readonly code: string; readonly message: string };

type Json = Record<string, unknown>;

/** A message of a later version of the protocol. */
export const UNKNOWN_TYPE = 'unknown type';

/** null: not a message of any version of the protocol. */
export function readServerFrame(text: string): ServerFrame | typeof UNKNOWN_TYPE | null {
  const frame = parsed(text);
  if (frame === null || typeof frame.type !== 'string') return null;
  switch (frame.type) {
    case 'welcome':
      return readWelcome(frame);
    case 'grant':
      return readGrant(frame);
    case 'fact': {
      const fact = readFact(frame);
      return fact !== null && isWhole(frame.id) ? { type: 'fact', id: frame.id, fact } : null;
    }
    case 'failed':
      return isWhole(frame.id) ? { type: 'failed', id: frame.id } : null;
    case 'evict': {
      const { seq, entries } = frame;
      return isWhole(seq) && isEvictions(entries) ? { type: 'evict', seq, entries } : null;
    }
    case 'reset': {
      const { seq, epoch } = frame;
      return isWhole(seq) && isEpoch(epoch) ? { type: 'reset', seq, epoch } : null;
    }
    case 'bye':
      return { type: 'bye', code: String(frame.code), message: String(frame.message) };
    default:
      return UNKNOWN_TYPE;
  }
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function readWelcome({ epoch, id, term_ms, seq }: Json): ServerFrame | null {
  if (!isEpoch(epoch) || typeof id !== 'string' || !isWhole(term_ms) || !isWhole(seq)) return null;
  return term_ms === 0 ? null : { type: 'welcome', epoch, id, termMs: term_ms, seq };
}

function readGrant({ n, epoch, ms, db_now }: Json): ServerFrame | null {
  if (!isWhole(n) || !isEpoch(epoch) || !isWhole(ms) || !isWhole(db_now)) return null;
  return { type: 'grant', n, epoch, ms, dbNow: db_now };
}

function isEvictions(value: unknown): value is Eviction[] {
  return Array.isArray(value) && value.every(isEviction);
}

function isEviction(value: unknown): value is Eviction {
  if (!Array.isArray(value) || typeof value[1] !== 'string') return false;
  return value[0] === 'token' || value[0] === 'owner' || value[0] === 'business';
}

function isEpoch(value: unknown): value is Epoch {
  return typeof value === 'string' || typeof value === 'number';
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
