import { isUuid } from '../../common/uuid.pipe.js';
import { OF_NOBODY } from '../../tokens/token-access.js';
import type { OwnerFilter } from '../../tokens/token-owner.js';
import type { VcitaOwnerDto } from './vcita-token.dto.js';

/** An id that was given and is not empty. */
export function given(id: string | null | undefined): string | undefined {
  return id == null || id === '' ? undefined : id;
}

/** The id in lower case; null for what can be the id of nothing. */
export function idOf(text: string): string | null {
  return isUuid(text) ? text.toLowerCase() : null;
}

/** Whose tokens are asked for: an app's before a user's before the directory's; null: anybody's. */
export function filterOf(query: VcitaOwnerDto): OwnerFilter {
  const app = given(query.app_id);
  const user = given(query.user_id);
  const wanted = idOf(app ?? user ?? '');
  if (app !== undefined) return wanted === null ? OF_NOBODY : { identityId: wanted };
  if (user !== undefined) return wanted === null ? OF_NOBODY : { memberId: wanted };
  return given(query.directory_id) === undefined ? null : { platform: true };
}
