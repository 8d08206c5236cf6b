import { AuditEventRow } from './audit/trail/audit-event.entity.js';
import { AuditHead } from './audit/trail/audit-head.entity.js';
import { Business } from './businesses/business.entity.js';
import { Identity } from './identities/identity.entity.js';
import { IdentityTokenAuth } from './identities/identity-token-auth.entity.js';
import { Member } from './members/member.entity.js';
import { Token } from './tokens/token.entity.js';

/** Every entity; what the schema check compares the migrated database with. */
export const ENTITIES = [Business, Member, Identity, IdentityTokenAuth, Token, AuditEventRow, AuditHead];
