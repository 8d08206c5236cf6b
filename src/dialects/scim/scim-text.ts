import { isCleanText } from '../../common/clean-text.js';
import { ownSecretsIn } from '../../secrets/token-strings.js';
import { scimInvalid } from './scim-refusal.js';

export const TEXT_LENGTH_MAX = 255;

/**
 * @throws DomainError `scim.invalid` unless `text` can be stored: all its characters are visible, and it contains no
 * secret
 */
export function demandText(attribute: string, text: unknown, lengthMin = 0): asserts text is string {
  const isFine =
    typeof text === 'string' &&
    text.length <= 2 * TEXT_LENGTH_MAX &&
    [...text].length <= TEXT_LENGTH_MAX &&
    text.trim().length >= lengthMin &&
    isCleanText(text) &&
    ownSecretsIn(text).next().done === true;
  if (isFine) return;
  throw scimInvalid(
    'invalidValue',
    `${attribute} should be a text of ${lengthMin} to ${TEXT_LENGTH_MAX} characters, none of them invisible, and no secret.`,
  );
}
