// @ts-check
/**
 * What the actors of one business did to each other, as its own log tells it: every change is recorded with the token
 * that made it. Nobody but administrators changes what is another's, and of an owner's tokens these only revoke.
 */
const DEEDS = `
SELECT e.action, e.reason, e.actor_token_id AS actor, e.target_kind, e.target_id AS target, e.sequence::int,
  t.member_id AS member, t.owner_kind AS owner_kind, t.issued_by_token AS parent
FROM audit_events e LEFT JOIN tokens t ON e.target_kind = 'token' AND t.id::text = e.target_id
WHERE e.business_id = $1 AND e.outcome = 'success' AND e.actor_token_id IS NOT NULL ORDER BY e.sequence`;

/** Reading the log and looking for tokens are recorded as well, and no change. */
const READING = /^(audit\.(read|exported)|token\.searched|revocation\.previewed)$/;
/** RFC 7009: whoever holds a secret may end it, whosever it is; the log names the client that presented it. */
const BY_POSSESSION = 'revoked over OAuth';

/** What each insider may do, given one deed; whoever is not here may do everything in the business. */
const MAY = {
  admin: ({ action, member }, { owner }) =>
    action === 'token.revoked' || member === null || member !== owner.member,
  developer: ({ target_kind, member }, { self }) => target_kind === 'token' && member === self.member,
  auditor: ({ action, target }, { self }) => action === 'token.revoked' && target === self.token,
  'identity without management scopes': ({ action, target }, { self }) =>
    action === 'token.revoked' && target === self.token,
  'token without an owner': ({ target_kind, target, owner_kind, parent }, { self }) =>
    target_kind === 'token' &&
    (target === self.token || (owner_kind === 'platform' && parent === self.token)),
};

/** The deeds of `world`'s actors that were not theirs to do, one sentence each. */
export async function insiderFaults(session, world) {
  const { rows } = await session.query(DEEDS, [world.id]);
  const byToken = new Map(world.insiders.map((insider) => [insider.token, insider]));
  const owner = world.insiders.find(({ name }) => name === 'owner');
  return rows.flatMap((deed) => {
    const self = byToken.get(deed.actor);
    const may = self && MAY[self.name];
    if (may === undefined || READING.test(deed.action) || deed.reason === BY_POSSESSION) return [];
    if (may(deed, { self, owner })) return [];
    return [`${self.name} did ${deed.action} to ${deed.target_kind} ${deed.target} (event ${deed.sequence})`];
  });
}

/** Those who see nothing of their colleagues' tokens. */
const SEES_OWN_ONLY = new Set(['developer', 'identity without management scopes', 'token without an owner']);

/** The colleagues' tokens that an answer shows to somebody who must not see them, unless the request named them. */
export function shownToInsider(request, answer, world) {
  if (!SEES_OWN_ONLY.has(request.actor.name)) return [];
  const said = `${request.path} ${JSON.stringify(request.headers)} ${request.body ?? ''}`;
  const shown = world.ofOwner.filter((word) => answer.text.includes(word) && !said.includes(word));
  return shown.map((word) => `shows "${word}" of an owner to a colleague`);
}
