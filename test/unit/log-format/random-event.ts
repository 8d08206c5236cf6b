import type { AuditAction, AuditDetail } from '../../../src/log-format/audit-action.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';

/** Deterministic numbers in [0, 1), so that a failing run can be repeated (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  'a',
  'Z',
  '"',
  '\\',
  '\\ud800',
  '\n',
  '\u0001',
  '\u007f',
  '/',
  'é',
  '€',
  '\u2028',
  '😀',
  '</',
  '\ufb33',
  'ö',
];
const ACTIONS: AuditAction[] = ['token.issued', 'token.revoked', 'access.denied', 'member.removed'];

/** An event with every awkward character that JSON knows, and null wherever the shape allows it. */
export function randomEvent(random: () => number, sequence: number, businessId: string | null): AuditEvent {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const text = (): string => Array.from({ length: Math.floor(random() * 12) }, () => pick(PIECES)).join('');
  const textOrNull = (): string | null => (random() < 0.3 ? null : text());
  const detail = (): AuditDetail =>
    pick<() => AuditDetail>([
      text,
      () => null,
      () => random() < 0.5,
      () => Math.floor(random() * 1e9) - 5e8,
      () => [text(), text()],
      () => [],
    ])();
  const details = Object.fromEntries(
    Array.from({ length: Math.floor(random() * 6) }, () => [text(), detail()]),
  );
  return {
    action: pick(ACTIONS),
    actor: {
      kind: pick(['user', 'system'] as const),
      id: textOrNull(),
      email: textOrNull(),
      token_id: textOrNull(),
    },
    business_id: businessId,
    details,
    id: text(),
    ip: textOrNull(),
    occurred_at: new Date(Math.floor(random() * 4e12)).toISOString(),
    outcome: pick(['success', 'denied', 'failure'] as const),
    reason: textOrNull(),
    request_id: textOrNull(),
    sequence,
    target: { kind: 'token', id: textOrNull() },
    user_agent: textOrNull(),
  };
}
