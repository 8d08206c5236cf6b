import { AuditEventRow } from '../audit/trail/audit-event.entity.js';
import { AuditHead } from '../audit/trail/audit-head.entity.js';
import { Business } from '../directory/businesses/business.entity.js';
import { Identity } from '../directory/identities/identity.entity.js';
import { IdentityTokenAuth } from '../dialects/infisical/token-auth/identity-token-auth.entity.js';
import { MemberAccount } from '../directory/members/member-account.entity.js';
import { Member } from '../directory/members/member.entity.js';
import { Token } from '../tokens/token.entity.js';

/** Every entity; what the schema check compares the migrated database with. */
export const ENTITIES = [
  Business,
  Member,
  MemberAccount,
  Identity,
  IdentityTokenAuth,
  Token,
  AuditEventRow,
  AuditHead,
];
