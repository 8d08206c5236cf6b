import type { QueryRunner } from 'typeorm';
import { PRIVILEGES, SERVICE_ROLE } from './privileges.js';

/**
 * What the service's role, or PUBLIC, has been granted on objects of the schema's owner, one row each. Objects of an
 * extension are not included.
 */
const GRANTED = `
WITH object AS (
  SELECT c.oid, 'pg_class'::regclass AS kind, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || quote_ident(c.relname) AS name,
      a.acl, c.relowner AS owner, a.name AS column_name
    FROM pg_class c CROSS JOIN LATERAL (SELECT c.relacl, NULL UNION ALL SELECT attacl, quote_ident(attname) FROM pg_attribute
      WHERE attrelid = c.oid AND attacl IS NOT NULL) AS a (acl, name) WHERE c.relnamespace = current_schema()::regnamespace
  UNION ALL
  SELECT p.oid, 'pg_proc'::regclass, format('FUNCTION %I(%s)', p.proname, replace(oidvectortypes(p.proargtypes), ', ', ',')),
      coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner, NULL
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
)
SELECT concat_ws(' ', g.privilege_type, '(' || o.column_name || ')', 'ON', o.name) AS privilege,
  CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE '${SERVICE_ROLE}' END AS grantee
FROM object o CROSS JOIN LATERAL aclexplode(o.acl) g
WHERE (g.grantee = 0 OR g.grantee = '${SERVICE_ROLE}'::regrole) AND pg_has_role(o.owner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.kind AND d.objid = o.oid AND d.deptype = 'e')`;

/** Privileges on the database itself are copied neither by a dump nor from a template. */
const AROUND = `
SELECT format(statement, quote_ident(current_schema()), quote_ident(current_database()), '${SERVICE_ROLE}') AS statement FROM (VALUES
  (NOT has_schema_privilege('${SERVICE_ROLE}', current_schema(), 'USAGE'), 'GRANT USAGE ON SCHEMA %1$s TO %3$s'),
  (has_schema_privilege('public', current_schema(), 'CREATE'), 'REVOKE CREATE ON SCHEMA %1$s FROM PUBLIC'),
  (NOT has_database_privilege('${SERVICE_ROLE}', current_database(), 'CONNECT'), 'GRANT CONNECT ON DATABASE %2$s TO %3$s'),
  -- A temporary table would hide the real one from a session's later statements.
  (has_database_privilege('public', current_database(), 'TEMP'), 'REVOKE TEMPORARY ON DATABASE %2$s FROM PUBLIC')
) AS s (due, statement) WHERE due`;

/**
 * Grants PRIVILEGES to the service's role and revokes all others from it and from PUBLIC, so that they are the same
 * after a migration, a restore into another server, and a GRANT by hand. To be called by the owner of the schema, by
 * one process at a time.
 */
export async function setPrivileges(runner: QueryRunner): Promise<void> {
  const granted = (await runner.query(GRANTED)) as { privilege: string; grantee: string }[];
  const isHeld = (privilege: string): boolean =>
    granted.some((each) => each.privilege === privilege && each.grantee === SERVICE_ROLE);
  const around = (await runner.query(AROUND)) as { statement: string }[];
  const statements = [
    ...granted
      .filter(({ privilege, grantee }) => grantee === 'PUBLIC' || !PRIVILEGES.includes(privilege))
      .map(({ privilege, grantee }) => `REVOKE ${privilege} FROM ${grantee}`),
    ...PRIVILEGES.filter((privilege) => !isHeld(privilege)).map(
      (privilege) => `GRANT ${privilege} TO ${SERVICE_ROLE}`,
    ),
    ...around.map(({ statement }) => statement),
  ];
  // One call of several statements is one transaction: no session ever finds the role without its privileges.
  if (statements.length > 0) await runner.query(statements.join(';\n'));
}
