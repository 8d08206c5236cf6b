import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** What witnesses have cosigned of the latest checkpoints. Each line proves itself under the key of its witness. */
export class CosignaturesOfWitnesses1764000900000 implements Migration {
  name = 'CosignaturesOfWitnesses1764000900000';

  async up(runner: QueryRunner): Promise<void> {
    const setting = `current_setting('app.business_id', true)`;
    await runner.query(`
      CREATE TABLE audit_cosignatures (
        -- The log: the nil UUID for the platform's.
        business_id uuid NOT NULL,
        size bigint NOT NULL,
        -- Its verifier key.
        witness varchar(512) NOT NULL,
        line varchar(1024) NOT NULL,
        CONSTRAINT audit_cosignatures_pkey PRIMARY KEY (business_id, size, witness)
      );
      CREATE POLICY rows_of_business ON audit_cosignatures USING ((SELECT ${setting} = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(${setting}, '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_cosignatures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
  }
}
