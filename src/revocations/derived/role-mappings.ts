import type { Principal } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import type { RaisedMember } from './derived-tokens.sql.js';
import type { RoleMapping } from '../../directory/groups/mapped-roles.repository.js';

/** Sets role mappings, and the roles that follow: administration does, above the revocations that ask for it. */
export abstract class RoleMappings {
  /**
   * @param by whose right to it is asked for, and with whose token roles are mapped from now on; null: what a leaked token mapped is
   *   taken out, whoever asks for it, and raises nobody
   */
  abstract setIn(
    change: Change,
    businessId: string,
    mapping: RoleMapping,
    by: Principal | null,
  ): Promise<void>;

  /** Takes a role back that a leaked token gave by hand: nobody's role rises by it, and the last owner falls as well. */
  abstract takeBack(change: Change, raised: RaisedMember, reason: string | null): Promise<void>;
}
