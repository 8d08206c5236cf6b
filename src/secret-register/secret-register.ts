import { createPublicKey } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { secretsConfig } from '../config/secrets.config.js';
import { sessionOf } from '../database/prepared.js';
import { seeEveryBusiness } from '../database/row-access.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { missingPeppers, otherPepper, otherSigningKey } from './foreign-secret.js';
import * as register from './secret-register.sql.js';

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
      await register.takeTurn(session);
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
    const { pepperId, kid } = await register.findCurrentSecrets(this.dataSource);
    if (pepperId !== null && !this.isKnown(pepperId)) return missingPeppers([pepperId]).message;
    if (kid !== null && !this.isOwnOrRetired(kid)) return otherSigningKey(kid, this.keys.kid).message;
    return null;
  }

  private async admitPeppers(session: PoolClient): Promise<void> {
    const known = await register.findPeppers(session);
    for (const { id, checkValue } of known) await this.demandSamePepper(session, id, checkValue);
    const [current, ...earlier] = known;
    const missing: string[] = [];
    if (current !== undefined && !this.isKnown(current.id)) missing.push(current.id);
    for (const { id, isEmpty } of earlier) {
      if (isEmpty || this.isKnown(id)) continue;
      if (await register.isPepperInUse(session, id)) missing.push(id);
      else await register.markPepperEmpty(session, id);
    }
    if (missing.length > 0) throw missingPeppers(missing);
    const own = this.hasher.currentPepperId;
    if (current?.id !== own) await register.makePepperCurrent(session, own, this.checkValueOf(own) as Buffer);
  }

  private async demandSamePepper(session: PoolClient, id: string, known: Buffer | null): Promise<void> {
    const own = this.checkValueOf(id);
    if (own === null) return;
    if (known === null) await register.keepCheckValue(session, id, own);
    else if (!known.equals(own)) throw otherPepper(id);
  }

  private async admitSigningKey(session: PoolClient): Promise<void> {
    for (const { kid, publicKey } of await register.findSigningKeys(
      session,
      this.config.retiredSigningKeyIds,
    ))
      this.keys.learn(kid, createPublicKey({ key: publicKey, type: 'spki', format: 'der' }));
    const { kid, publicKey } = this.keys;
    const current = await register.findSigningKeyId(session);
    if (current === kid) return;
    if (current !== null && !this.isOwnOrRetired(current)) throw otherSigningKey(current, kid);
    await register.makeSigningKeyCurrent(session, kid, publicKey.export({ type: 'spki', format: 'der' }));
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
