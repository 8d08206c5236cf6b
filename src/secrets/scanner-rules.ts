import { PREFIX_PATTERN, PUBLIC_ID_LENGTH, RANDOM_LENGTH } from './secret-format.js';

export const SCANNERS = ['gitleaks', 'trufflehog', 'github'] as const;

export type Scanner = (typeof SCANNERS)[number];

const BASE62 = '[0-9A-Za-z]';
const REST = `_${BASE62}{${PUBLIC_ID_LENGTH}}_${BASE62}{${RANDOM_LENGTH}}_${BASE62}{6}`;
/** Every prefix that a business may choose, and OpenTrain's. */
const ANY_PREFIX = '(?:[a-z][a-z0-9]{1,11}|ot_pat)';

/**
 * Finds secrets of these prefixes (none: of all) wherever they stand in a text, as `ownSecretsIn` does: behind an encoded or escaped
 * character, a colour, a letter. Without the prefix, letters before it may be part of what is found; a report of that ends the token
 * all the same. In the syntax of RE2, which has no look-around. README.md shows it for all.
 */
export function secretExpression(prefixes: readonly string[]): string {
  const prefix = prefixes.length === 0 ? ANY_PREFIX : `(?:${prefixes.join('|')})`;
  return `${prefix}${REST}`;
}

/** @param prefix what an operator says that a business's secrets begin with */
export function isPrefix(prefix: string): boolean {
  return prefix === 'ot_pat' || PREFIX_PATTERN.test(prefix);
}

/**
 * Rules by which a scanner finds secrets, in the scanner's own format.
 * @param url where Rescind is reached; given, TruffleHog asks there whether a find is good
 */
export function scannerRules(scanner: Scanner, prefixes: readonly string[], url: string | null): string {
  const expression = secretExpression(prefixes);
  const keywords = prefixes.map((prefix) => `${prefix}_`);
  if (scanner === 'github') return `${expression}\n`;
  if (scanner === 'gitleaks') {
    return [
      '[[rules]]',
      'id = "rescind-api-token"',
      'description = "API token issued by Rescind"',
      `regex = '''${expression}'''`,
      'entropy = 3.5',
      `keywords = ${JSON.stringify(keywords.length === 0 ? ['_'] : keywords)}`,
      '',
    ].join('\n');
  }
  return [
    'detectors:',
    '  - name: rescind-api-token',
    '    keywords:',
    ...(keywords.length === 0 ? ['_'] : keywords).map((keyword) => `      - ${JSON.stringify(keyword)}`),
    '    regex:',
    `      token: ${JSON.stringify(expression)}`,
    ...(url === null
      ? []
      : [
          '    verify:',
          `      - endpoint: ${JSON.stringify(`${url}/api/v1/businesses`)}`,
          ...(url.startsWith('http:') ? ['        unsafe: true'] : []),
          '        headers:',
          '          - "Authorization: Bearer {rescind-api-token.token}"',
          '        successRanges:',
          '          - "200"',
        ]),
    '',
  ].join('\n');
}
