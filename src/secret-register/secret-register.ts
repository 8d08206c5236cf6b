import { createPublicKey } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { PoolClient, QueryConfig } from 'pg';
import { DataSource } from 'typeorm';
import { secretsConfig } from '../config/secrets.config.js';
import { sessionOf } from '../database/prepared.js';
import { seeEveryBusiness } from '../database/row-access.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { missingPeppers, otherPepper, otherSigningKey } from './foreign-secret.js';

interface KnownPepper {
  id: string;
  checkValue: Buffer | null;
  /** Whether no active token was left under it, and it was not the current one, when a start looked. */
  isEmpty: boolean;
}

/** Reads every token once: longer than a request may take. */
const SCAN_MS_MAX = 600_000;

/** No secret can be that: it holds a character that no format allows. */
const CHECKED_LABEL = 'rescind.pepper.check';

/**
 * Sees that the processes of a database have its secrets (R9). At start the pepper and the signing key of this process
 * become the current ones, if it also knows those that were current before; a process that does not is refused. So of
 * two processes with different secrets the second is, and a change is one that was said to be one.
 */
@Injectable()
export class SecretRegister implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly hasher: SecretHasher,
    private readonly keys: SigningKeys,
    @Inject(secretsConfig.KEY) private readonly config: ConfigType<typeof secretsConfig>,
  ) {}

  /** @throws ForeignSecret */
  async onModuleInit(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const session = await sessionOf(manager);
      // Starts that compare their secrets take turns, until the end of the transaction.
      await session.query(`SELECT pg_advisory_xact_lock(hashtext('rescind.secret_register'))`);
      // A pepper is used in no business only if it is in none of them.
      await seeEveryBusiness(session);
      await this.admitPeppers(session);
      await this.admitSigningKey(session);
    });
  }

  /**
   * What is wrong with the secrets of this process now, in one sentence: others may have been started with new ones.
   * Rejects when the database cannot be asked.
   */
  async problem(): Promise<string | null> {
    const [{ pepperId, kid }] = await this.dataSource.query<
      [{ pepperId: string | null; kid: string | null }]
    >(
      `SELECT (SELECT id FROM peppers ORDER BY current_since DESC, id LIMIT 1) AS "pepperId",
         (SELECT kid FROM signing_keys ORDER BY current_since DESC, kid LIMIT 1) AS kid`,
    );
    if (pepperId !== null && !this.isKnown(pepperId)) return missingPeppers([pepperId]).message;
    if (kid !== null && !this.isOwnOrRetired(kid)) return otherSigningKey(kid, this.keys.kid).message;
    return null;
  }

  private async admitPeppers(session: PoolClient): Promise<void> {
    const { rows: known } = await session.query<KnownPepper>(
      `SELECT id, check_value AS "checkValue", emptied_at IS NOT NULL AS "isEmpty" FROM peppers ORDER BY current_since DESC, id`,
    );
    for (const pepper of known) await this.demandSamePepper(session, pepper);
    const [current, ...earlier] = known;
    const missing: string[] = [];
    if (current !== undefined && !this.isKnown(current.id)) missing.push(current.id);
    for (const { id, isEmpty } of earlier) {
      if (isEmpty || this.isKnown(id)) continue;
      if (await isPepperInUse(session, id)) missing.push(id);
      else await session.query('UPDATE peppers SET emptied_at = now() WHERE id = $1', [id]);
    }
    if (missing.length > 0) throw missingPeppers(missing);
    const own = this.hasher.currentPepperId;
    if (current?.id === own) return;
    await session.query(
      `INSERT INTO peppers (id, check_value, current_since) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET current_since = clock_timestamp(), emptied_at = NULL`,
      [own, this.checkValueOf(own)],
    );
  }

  private async demandSamePepper(session: PoolClient, { id, checkValue }: KnownPepper): Promise<void> {
    const own = this.checkValueOf(id);
    if (own === null) return;
    // It was known by its id alone.
    if (checkValue === null)
      await session.query('UPDATE peppers SET check_value = $2 WHERE id = $1 AND check_value IS NULL', [
        id,
        own,
      ]);
    else if (!checkValue.equals(own)) throw otherPepper(id);
  }

  private async admitSigningKey(session: PoolClient): Promise<void> {
    // Those of the keys that the schema has seen; what it says of them, its ids can prove.
    const { rows: retired } = await session.query<{ kid: string; publicKey: Buffer }>(
      'SELECT kid, public_key AS "publicKey" FROM signing_keys WHERE kid = ANY ($1)',
      [this.config.retiredSigningKeyIds],
    );
    for (const { kid, publicKey } of retired)
      this.keys.learn(kid, createPublicKey({ key: publicKey, type: 'spki', format: 'der' }));
    const { kid, publicKey } = this.keys;
    const { rows } = await session.query<{ kid: string }>(
      'SELECT kid FROM signing_keys ORDER BY current_since DESC, kid LIMIT 1',
    );
    const current = rows[0]?.kid ?? null;
    if (current === kid) return;
    if (current !== null && !this.isOwnOrRetired(current)) throw otherSigningKey(current, kid);
    await session.query(
      `INSERT INTO signing_keys (kid, public_key, current_since) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (kid) DO UPDATE SET current_since = clock_timestamp()`,
      [kid, publicKey.export({ type: 'spki', format: 'der' })],
    );
  }

  private isKnown(pepperId: string): boolean {
    return this.hasher.pepperIds.includes(pepperId) || this.config.lostPepperIds.includes(pepperId);
  }

  private isOwnOrRetired(kid: string): boolean {
    return this.keys.all.some((known) => known.kid === kid) || this.config.retiredSigningKeyIds.includes(kid);
  }

  private checkValueOf(pepperId: string): Buffer | null {
    const digest = this.hasher.digest(CHECKED_LABEL, pepperId);
    return digest === null ? null : Buffer.from(digest, 'latin1');
  }
}

/** Whether an active token is stored under it. */
async function isPepperInUse(session: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await session.query({
    text: `SELECT FROM tokens WHERE pepper_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`,
    values: [id],
    query_timeout: SCAN_MS_MAX,
  } as QueryConfig);
  return rowCount === 1;
}
