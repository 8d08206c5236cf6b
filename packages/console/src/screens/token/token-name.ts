import type { TokenInfoDto } from '../../api/generated/types.gen';

/** A token as people call it. */
export function tokenName({
  name,
  token_prefix: preview,
}: Pick<TokenInfoDto, 'name' | 'token_prefix'>): string {
  return name ?? preview;
}
