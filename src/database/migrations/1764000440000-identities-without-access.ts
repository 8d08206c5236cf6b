import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** A machine identity may have the role `no-access`: its tokens are for the product, and manage nothing. */
export class IdentitiesWithoutAccess1764000440000 implements Migration {
  name = 'IdentitiesWithoutAccess1764000440000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(constraint(`'owner', 'admin', 'developer', 'auditor', 'no-access'`));
  }
}

function constraint(roles: string): string {
  return `
ALTER TABLE identities DROP CONSTRAINT identities_role_check;
ALTER TABLE identities ADD CONSTRAINT identities_role_check CHECK (role IN (${roles}));`;
}
