import { randomUUID } from 'node:crypto';
import { eventOf, type StoredEvent } from '../../../src/audit/trail/stored-event.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { aMember, anIdentity, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { verify } from '../verifiers.js';
import { tokensGoodAgain, type TamperedHouse } from './house.js';

/** A log of its own, sealed, and what is in it. */
interface Scene {
  house: TamperedHouse;
  log: TestBusiness;
  token: TestToken;
  other: TestToken;
  /** Of the log, as it is sealed. */
  size: number;
  /** Whatever `prepare` made that the attack is on. */
  made: string;
}

/** A way to change what Rescind vouches for, with every right on the database and no key. */
export interface Way {
  name: string;
  /** By any of these it is named. */
  faults: string[];
  prepare?: (scene: Omit<Scene, 'size' | 'made'>) => Promise<string | undefined>;
  /** Statements, run as the superuser with all triggers off. */
  attack: (scene: Scene) => string | Promise<string>;
  /** Who uses it then; without it the passes of a sealing period find it. */
  touch?: (scene: Scene) => Promise<unknown>;
}

const revoked: Way['prepare'] = async ({ log, token }) => {
  await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
  return undefined;
};
/** All tokens of the log are cut off, and marked. */
const cutOff: Way['prepare'] = async ({ log }) => {
  const { body } = await log.api.post('/api/v1/revocations', {
    selector: { business: true },
    reason: 'lost',
  });
  await waitFor('all to be marked', async () => {
    const revocation = await log.api.get(`/api/v1/revocations/${body.id}`);
    return revocation.body.state === 'done' || undefined;
  });
  return undefined;
};
/** As if nothing had been marked yet. */
const onCutOff =
  (change: string): Way['attack'] =>
  ({ log, token, other }) =>
    `UPDATE businesses SET not_before = ${change} WHERE id = '${log.id}'; ${tokensGoodAgain([token.id, other.id])}`;
const looked: Way['touch'] = ({ house, log, token }) => verify(house.app, log, token);
/** What was proven once is remembered; the log does not grow from what is not it. */
const grown: Way['touch'] = ({ log, other }) =>
  log.api.patch(`/api/v1/tokens/${other.id}`, { name: 'later' });
const UNREVOKE = 'revoked_at = NULL, revoked_by = NULL, revocation_reason = NULL';
const ofLog = ({ log }: Pick<Scene, 'log'>): string => `business_id = '${log.id}'`;
const TABLES = ['heads', 'trees', 'tiles', 'events', 'sequences'];
const kept = (log: TestBusiness, table: string): string => `kept_${table}_${log.id.replaceAll('-', '')}`;
const onTree =
  (change: string): Way['attack'] =>
  (scene) =>
    `UPDATE audit_trees SET ${change} WHERE ${ofLog(scene)}`;
const onHead =
  (change: string): Way['attack'] =>
  (scene) =>
    `UPDATE audit_heads SET ${change} WHERE ${ofLog(scene)}`;
const onEvent =
  (change: string): Way['attack'] =>
  (scene) =>
    `UPDATE audit_events SET ${change} WHERE ${ofLog(scene)} AND sequence = 2`;
const onToken =
  (change: string): Way['attack'] =>
  ({ token }) =>
    `UPDATE tokens SET ${change} WHERE id = '${token.id}'`;

/** The event behind the last one that the forger would have, with the hash that it must have. */
async function forged({ house, log, size }: Scene): Promise<string> {
  const [row] = await house.rows<StoredEvent>(
    'SELECT * FROM audit_events WHERE business_id = $1 AND sequence = 1',
    [log.id],
  );
  const event = { ...(row as StoredEvent), id: randomUUID(), sequence: String(size + 1), reason: 'forged' };
  const leaf = leafHash(canonicalEvent(eventOf(event))).toString('hex');
  return `INSERT INTO audit_events SELECT (jsonb_populate_record(e, '{"id": "${event.id}", "sequence": ${size + 1}, "reason": "forged", "leaf_hash": "\\\\x${leaf}"}')).*
    FROM audit_events e WHERE ${ofLog({ log })} AND sequence = 1; UPDATE audit_heads SET size = ${size + 1} WHERE ${ofLog({ log })}`;
}

export const WAYS: readonly Way[] = [
  { name: 'another root', faults: ['tree_forged'], attack: onTree(`root = sha256('x')`) },
  { name: 'another size of the tree', faults: ['tree_forged'], attack: onTree('size = size - 1') },
  {
    name: 'the root and the seal of another log',
    faults: ['tree_forged'],
    attack: (scene) =>
      `UPDATE audit_trees t SET (root, seal) = (SELECT o.root, o.seal FROM audit_trees o WHERE o.business_id <> t.business_id AND o.size > 0 LIMIT 1) WHERE ${ofLog(scene)}`,
  },
  {
    name: 'a tile changed',
    faults: ['tree_changed'],
    attack: (scene) =>
      `UPDATE audit_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 1) WHERE ${ofLog(scene)} AND start = 0`,
    touch: grown,
  },
  {
    name: 'the tiles removed',
    faults: ['tree_changed'],
    attack: (scene) => `DELETE FROM audit_tiles WHERE ${ofLog(scene)}`,
    touch: grown,
  },
  {
    name: 'the actor of an event',
    faults: ['event_forged'],
    attack: onEvent(`actor_email = 'eve@example.com'`),
  },
  {
    name: 'the time of an event',
    faults: ['event_forged'],
    attack: onEvent(`occurred_at = occurred_at + interval '1 ms'`),
  },
  {
    name: 'the reason of an event, and its hash',
    faults: ['event_forged'],
    attack: onEvent(`reason = 'changed', leaf_hash = sha256('x')`),
  },
  {
    name: 'the MAC of an event',
    faults: ['event_forged'],
    attack: onEvent(`mac = overlay(mac PLACING '\\x00000000' FROM 6)`),
    touch: ({ log }) => log.api.get('/api/v1/audit/events'),
  },
  { name: 'a forged event behind the last one', faults: ['event_forged'], attack: forged },
  {
    name: 'a second event at a sequence',
    faults: ['event_forged', 'event_doubled'],
    attack: (scene) =>
      `INSERT INTO audit_events SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'occurred_at', e.occurred_at + interval '1 ms'))).*
         FROM audit_events e WHERE ${ofLog(scene)} AND sequence = 2`,
    touch: ({ log }) => log.api.get('/api/v1/audit/summary'),
  },
  {
    name: 'the same event twice, the key dropped',
    faults: ['event_doubled'],
    attack: (scene) =>
      `ALTER TABLE audit_events DROP CONSTRAINT audit_events_pkey; INSERT INTO audit_events SELECT * FROM audit_events e WHERE ${ofLog(scene)} AND sequence = 2`,
  },
  {
    name: 'a copy of an event at another place',
    faults: ['event_forged'],
    attack: (scene) =>
      `INSERT INTO audit_events SELECT (jsonb_populate_record(e, '{"sequence": ${scene.size + 1}}')).* FROM audit_events e WHERE ${ofLog(scene)} AND sequence = 2;
       UPDATE audit_heads SET size = ${scene.size + 1} WHERE ${ofLog(scene)}`,
  },
  {
    name: 'two events that change places',
    faults: ['event_forged'],
    attack: (scene) =>
      `UPDATE audit_events SET sequence = 5 - sequence WHERE ${ofLog(scene)} AND sequence IN (2, 3)`,
  },
  {
    name: 'a sealed event removed',
    faults: ['event_missing'],
    attack: (scene) => `DELETE FROM audit_events WHERE ${ofLog(scene)} AND sequence = 2`,
  },
  {
    name: 'the newest event and the head set back',
    faults: ['log_shortened', 'event_lost', 'head_forged'],
    attack: (scene) =>
      `DELETE FROM audit_events WHERE ${ofLog(scene)} AND sequence = ${scene.size}; UPDATE audit_heads SET size = size - 1 WHERE ${ofLog(scene)}`,
    touch: ({ log }) => log.api.get('/api/v1/audit/checkpoint'),
  },
  {
    name: 'the whole log removed',
    faults: ['log_shortened'],
    attack: (scene) => TABLES.map((table) => `DELETE FROM audit_${table} WHERE ${ofLog(scene)}`).join(';'),
    touch: ({ log }) => log.api.get('/api/v1/audit/checkpoint'),
  },
  {
    name: 'the log put back to an earlier state, registers, MACs, seals and all',
    faults: ['log_shortened'],
    prepare: async ({ house, log, token }) => {
      await house.sealed(log.id);
      const copies = TABLES.map(
        (table) => `CREATE TABLE ${kept(log, table)} AS SELECT * FROM audit_${table} WHERE ${ofLog({ log })}`,
      );
      await house.tamper(copies.join(';'));
      await log.api.patch(`/api/v1/tokens/${token.id}`, { name: 'later' });
      return undefined;
    },
    attack: ({ log }) =>
      TABLES.map(
        (table) =>
          `DELETE FROM audit_${table} WHERE ${ofLog({ log })}; INSERT INTO audit_${table} SELECT * FROM ${kept(log, table)}`,
      ).join(';'),
    touch: ({ log }) => log.api.get('/api/v1/audit/checkpoint'),
  },
  { name: 'the head moved ahead', faults: ['head_forged'], attack: onHead('size = size + 2') },
  {
    name: 'the head moved back',
    faults: ['head_forged', 'log_shortened'],
    attack: onHead('size = size - 1'),
  },
  {
    name: 'the register of sequences emptied',
    faults: ['register_changed'],
    attack: (scene) => `DELETE FROM audit_sequences WHERE ${ofLog(scene)}`,
  },
  {
    name: 'the register of ends emptied',
    faults: ['register_changed'],
    prepare: revoked,
    attack: ({ token }) => `DELETE FROM audit_token_ends WHERE token_id = '${token.id}'`,
  },
  {
    name: 'a token un-revoked',
    faults: ['token_unrevoked'],
    prepare: revoked,
    attack: onToken(UNREVOKE),
    touch: looked,
  },
  {
    name: 'a token un-revoked, and its entry in the register removed',
    faults: ['token_unrevoked'],
    prepare: revoked,
    attack: ({ token }) =>
      `UPDATE tokens SET ${UNREVOKE} WHERE id = '${token.id}'; DELETE FROM audit_token_ends WHERE token_id = '${token.id}'`,
  },
  {
    name: 'the row of a token put back to what it was',
    faults: ['token_unrevoked'],
    prepare: async (scene) => {
      const copy = kept(scene.log, 'token');
      await scene.house.tamper(`CREATE TABLE ${copy} AS SELECT * FROM tokens WHERE id = '${scene.token.id}'`);
      await revoked(scene);
      return copy;
    },
    attack: ({ token, made }) =>
      `DELETE FROM tokens WHERE id = '${token.id}'; INSERT INTO tokens SELECT * FROM ${made}`,
    touch: looked,
  },
  {
    name: 'a rotation undone',
    faults: ['token_differs'],
    prepare: async ({ log, token }) => {
      await log.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 0 });
      return undefined;
    },
    attack: onToken('grace_ends_at = NULL, replaced_by = NULL'),
    touch: looked,
  },
  {
    name: 'more scopes',
    faults: ['token_forged', 'token_differs'],
    attack: onToken(`scopes = scopes || '{rescind:business:admin}'`),
    touch: looked,
  },
  {
    name: 'another owner',
    faults: ['token_forged', 'token_differs'],
    attack: ({ token, other }) =>
      `UPDATE tokens t SET member_id = o.member_id FROM tokens o WHERE t.id = '${token.id}' AND o.id = '${other.id}'`,
  },
  {
    name: 'a later end',
    faults: ['token_forged', 'token_differs'],
    attack: onToken(`expires_at = expires_at + interval '9 years'`),
  },
  {
    name: 'a token invented',
    faults: ['token_invented', 'token_forged'],
    attack: ({ token, made }) =>
      `INSERT INTO tokens SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'jti', '${made}'))).* FROM tokens t WHERE id = '${token.id}'`,
  },
  {
    name: 'the secret of one token given to another',
    faults: ['token_forged'],
    attack: ({ token, other }) =>
      `UPDATE tokens SET jti = 'gone-${token.id.slice(-8)}' WHERE id = '${token.id}';
       UPDATE tokens SET (jti, digest, mac) = (SELECT '${token.jti}', t.digest, t.mac FROM tokens t WHERE t.id = '${token.id}') WHERE id = '${other.id}'`,
    touch: looked,
  },
  {
    name: 'a role raised',
    faults: ['member_differs'],
    attack: (scene) => `UPDATE members SET role = 'owner' WHERE ${ofLog(scene)}`,
  },
  {
    name: 'a removed member back again',
    faults: ['member_differs'],
    prepare: async ({ log }) => {
      const { id } = await aMember(log);
      await log.api.delete(`/api/v1/members/${id}`);
      return id;
    },
    attack: ({ made }) => `UPDATE members SET removed_at = NULL WHERE id = '${made}'`,
  },
  {
    name: 'a disabled identity back again',
    faults: ['identity_differs'],
    prepare: async ({ log }) => {
      const { id } = await anIdentity(log);
      await log.api.post(`/api/v1/identities/${id}/disable`, {});
      return id;
    },
    attack: ({ made }) => `UPDATE identities SET status = 'active' WHERE id = '${made}'`,
  },
  {
    name: 'a suspended business back again',
    faults: ['business_differs'],
    prepare: async ({ log }) => {
      await log.api.post(`/api/v1/admin/businesses/${log.id}/suspend`, {});
      return undefined;
    },
    attack: ({ log }) => `UPDATE businesses SET status = 'active' WHERE id = '${log.id}'`,
  },
  {
    name: 'a cut-off lowered',
    faults: ['cut_off_differs'],
    prepare: cutOff,
    attack: onCutOff(`not_before - interval '1 day'`),
    touch: looked,
  },
  {
    name: 'a cut-off moved to another business',
    faults: ['cut_off_differs'],
    prepare: cutOff,
    attack: (scene) =>
      `UPDATE businesses SET not_before = now() WHERE id = (SELECT id FROM businesses WHERE id <> '${scene.log.id}' ORDER BY created_at LIMIT 1);
       UPDATE revocations SET subject = gen_random_uuid() WHERE subject = '${scene.log.id}'; ${onCutOff('NULL')(scene) as string}`,
    touch: looked,
  },
  {
    name: 'a cut-off taken away, and its row',
    faults: ['cut_off_differs'],
    prepare: cutOff,
    attack: (scene) =>
      `DELETE FROM revocations WHERE subject = '${scene.log.id}'; ${onCutOff('NULL')(scene) as string}`,
    touch: looked,
  },
  {
    name: 'a cut-off taken away that nobody asks for',
    faults: ['cut_off_differs'],
    prepare: cutOff,
    attack: onCutOff('NULL'),
  },
  {
    name: 'a cut-off taken away, its row and its entry in the register',
    faults: ['cut_off_differs'],
    prepare: cutOff,
    attack: (scene) =>
      `DELETE FROM revocations WHERE subject = '${scene.log.id}'; DELETE FROM audit_cut_offs WHERE subject = '${scene.log.id}';
       ${onCutOff('NULL')(scene) as string}`,
  },
  {
    name: 'the register of cut-offs emptied',
    faults: ['register_changed'],
    prepare: cutOff,
    attack: ({ log }) => `DELETE FROM audit_cut_offs WHERE subject = '${log.id}'`,
  },
  {
    name: 'a cut-off invented',
    faults: ['cut_off_differs'],
    attack: ({ log }) => `UPDATE businesses SET not_before = now() WHERE id = '${log.id}'`,
    touch: looked,
  },
  {
    name: 'who revoked a token, then its receipt',
    faults: ['receipt_differs'],
    prepare: revoked,
    attack: onToken(`revoked_by = 'nobody'`),
    touch: ({ log, token }) => log.api.get(`/api/v1/tokens/${token.id}/receipt`),
  },
  {
    name: 'what a revocation waited for, then its receipt',
    faults: ['receipt_differs'],
    prepare: async (scene) => {
      await revoked(scene);
      await waitFor('its barrier to be kept', async () => {
        const rows = await scene.house.rows('SELECT FROM revocation_barriers WHERE token_id = $1', [
          scene.token.id,
        ]);
        return rows.length > 0 || undefined;
      });
      return undefined;
    },
    attack: ({ token }) =>
      `UPDATE revocation_barriers SET facts = facts || '{"verifiers_waited_out": 7}' WHERE token_id = '${token.id}'`,
    touch: ({ log, token }) => log.api.get(`/api/v1/tokens/${token.id}/receipt`),
  },
  {
    name: 'the entries of the feed kept from verifiers',
    faults: ['feed_incomplete'],
    prepare: async ({ house, log, token }) => {
      await verify(house.app, log, token);
      return undefined;
    },
    attack: () =>
      `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER swallow BEFORE INSERT ON revocation_feed FOR EACH ROW EXECUTE FUNCTION swallow()`,
    touch: ({ log, token }) => log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' }),
  },
];
