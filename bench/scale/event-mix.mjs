// @ts-check
import { uuidAt } from '../lib/mint.mjs';

export const YEAR_MS = 365 * 86_400_000;
/** A reason that few events have, for a search that has to look far. */
export const RARE_REASON = 'found in a public repository';
const RARE_EVERY = 5000;
const ACTORS = 12;
const ADDRESSES = 200;

/** Of twenty events in a row, what each records. A token is issued, used for a while, and taken back. */
const TURN = [
  ...Array(6).fill('token.issued'),
  ...Array(6).fill('token.revoked'),
  ...['token.changed', 'token.rotated', 'token.rotated', 'audit.read', 'audit.read', 'audit.read', 'access.denied'],
  'member.changed',
]; // prettier-ignore

const DETAILS = {
  'token.issued': { dialect: 'native', expires_at: null, name: 'a token', owner: 'owner', scopes: ['jobs:read'] },
  'token.revoked': { jti: '0123456789ABCDEFGHIJKL', name: 'a token', owner: 'owner' },
  'token.changed': { description_after: null, description_before: null, name_after: 'renamed', name_before: 'a token' },
  'token.rotated': { grace_ends_at: null, replaced_by: '00000000-0000-7000-8000-000000000000' },
  'audit.read': { filter: 'action=token.*' },
  'access.denied': { code: 'auth.insufficient_scope', method: 'POST', route: '/api/v1/members' },
  'member.changed': { email: 'ada@example.com', name_after: 'Ada', name_before: 'Ada', role_after: 'admin', role_before: 'developer' },
}; // prettier-ignore

/** Who acts in a business, from where, and in whose sight; made once, so that searches have something to find. */
function castOf(start) {
  return Array.from({ length: ACTORS }, (_, index) => ({
    id: uuidAt(start),
    token: uuidAt(start),
    kind: index % 4 === 3 ? 'identity' : 'user',
    email: index % 4 === 3 ? null : `member-${index}@example.com`,
  }));
}

/**
 * Events as the service would have written them, with everything that searches ask for.
 * @param whole how many the business is going to have at most: they spread over the last year
 */
export function eventMaker({ id, whole, cast = castOf(Date.now() - YEAR_MS) }) {
  const start = Date.now() - YEAR_MS;
  const step = YEAR_MS / (whole + 1);
  const tokens = [];
  const eventOf = (sequence) => {
    const at = Math.floor(start + Math.min(sequence, whole) * step);
    const action = TURN[sequence % TURN.length];
    const actor = cast[(sequence * 7) % cast.length];
    if (action === 'token.issued') tokens.push(uuidAt(at));
    if (tokens.length > 2 * TURN.length) tokens.shift();
    const [kind] = action.split('.');
    const isToken = kind === 'token';
    const target = isToken ? { id: tokens[(sequence * 5) % tokens.length] ?? id, kind } : targetOf(kind, id, actor);
    return {
      action,
      actor: { email: actor.email, id: actor.id, kind: actor.kind, token_id: actor.token },
      business_id: id,
      details: DETAILS[action],
      id: uuidAt(at),
      ip: `10.${sequence % 7}.0.${(sequence * 31) % ADDRESSES}`,
      occurred_at: new Date(at).toISOString(),
      outcome: action === 'access.denied' ? 'denied' : 'success',
      reason: action !== 'token.revoked' ? null : sequence % RARE_EVERY < TURN.length ? RARE_REASON : 'rotation is due',
      request_id: uuidAt(at),
      sequence,
      target,
      user_agent: 'bench/1.0',
    };
  };
  return { eventOf, cast };
} // prettier-ignore

function targetOf(kind, businessId, actor) {
  if (kind === 'audit') return { id: businessId, kind };
  return kind === 'member' ? { id: actor.id, kind } : { id: null, kind: 'route' };
}

export const EVENT_COLUMNS = [
  'business_id', 'sequence', 'id', 'occurred_at', 'actor_kind', 'actor_id', 'actor_email', 'actor_token_id',
  'action', 'target_kind', 'target_id', 'outcome', 'reason', 'request_id', 'ip', 'user_agent', 'details', 'leaf_hash', 'mac',
]; // prettier-ignore

/** @param leaf 32 bytes @param mac as the service makes it */
export function rowOf(event, leaf, mac) {
  const { actor, target } = event;
  return [
    event.business_id, event.sequence, event.id, event.occurred_at, actor.kind, actor.id, actor.email, actor.token_id,
    event.action, target.kind, target.id, event.outcome, event.reason, event.request_id, event.ip, event.user_agent,
    JSON.stringify(event.details), `\\x${leaf.toString('hex')}`, `\\x${mac.toString('hex')}`,
  ]; // prettier-ignore
}
