import { isUuid } from '../../common/uuid.pipe.js';
import type { TokensOf } from '../../revocations/revocations.repository.js';
import type { VcitaOwnerDto } from './vcita-token.dto.js';
import { NIL as NIL_UUID } from 'uuid';

/** An id that was given and is not empty. */
export function given(id: string | null | undefined): string | undefined {
  return id == null || id === '' ? undefined : id;
}

/** The id in lower case; null for what can be the id of nothing. */
export function idOf(text: string): string | null {
  return isUuid(text) ? text.toLowerCase() : null;
}

/** Whose tokens are meant: a user's before an app's before the directory's; undefined: nobody is named. */
export function filterOf(query: VcitaOwnerDto): TokensOf | undefined {
  const user = given(query.user_id);
  const app = given(query.app_id);
  if (user !== undefined) return { memberId: idOf(user) ?? NIL_UUID };
  if (app !== undefined) return { identityId: idOf(app) ?? NIL_UUID };
  return given(query.directory_id) === undefined ? undefined : { platform: true };
}
