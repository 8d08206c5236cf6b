import SCIMMY from 'scimmy';
import { isRecord } from './scim-operations.js';
import { demandPlainWords, QUOTED } from './scim-path.js';
import { scimInvalid } from './scim-refusal.js';

const FILTER_LENGTH_MAX = 512;
/** The library does not reject it. */
const ENDS_IN_AN_OPERATOR = /\s(?:and|or|not)\s*$/i;

/**
 * What a filter (RFC 7644 §3.4.2.2) compares: attributes that are equal to values, all of them. Nothing else is
 * answered: Okta and Entra ID look users and groups up by one name.
 * @param attributes the paths that may stand in it, in small letters, with what each is called here
 * @throws DomainError `scim.invalid` with `invalidFilter`
 */
export function equalitiesOf<Name extends string>(
  filter: string | undefined,
  attributes: Readonly<Record<string, Name>>,
  schema: string,
): Partial<Record<Name, string>> {
  if (filter === undefined) return {};
  if (filter.length > FILTER_LENGTH_MAX || ENDS_IN_AN_OPERATOR.test(filter)) throw notAnswered();
  const strings: string[] = [];
  const plain = filter.replaceAll(QUOTED, (text) => `"${strings.push(stringOf(text)) - 1}"`);
  demandPlainWords(plain, 'invalidFilter');
  const found: Partial<Record<Name, string>> = {};
  for (const [path, expression] of leavesOf(parsed(plain.replaceAll(`${schema}:`, '')))) {
    const name = attributes[path.toLowerCase()];
    const [operator, value] = expression;
    const isBare = typeof value === 'number' || typeof value === 'boolean';
    const text = isBare ? String(value) : strings[Number(value)];
    if (name === undefined || expression.length !== 2 || operator !== 'eq' || text === undefined)
      throw notAnswered();
    found[name] = text;
  }
  return found;
}

/** A string of a filter is one of JSON; the library knows no escapes. PostgreSQL knows no NUL. */
function stringOf(quoted: string): string {
  try {
    const text = JSON.parse(quoted) as string;
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw notAnswered();
}

/** The one branch of a filter: others are alternatives. */
function parsed(filter: string): Record<string, unknown> {
  try {
    const branches = Array.from(new SCIMMY.Types.Filter(filter)) as unknown[];
    const [only] = branches;
    if (branches.length === 1 && isRecord(only)) return only;
  } catch {
    // The message of the library quotes the filter.
  }
  throw notAnswered();
}

function leavesOf(branch: Record<string, unknown>, above = ''): [string, unknown[]][] {
  return Object.entries(branch).flatMap(([name, of]): [string, unknown[]][] => {
    if (Array.isArray(of)) return [[above + name, of as unknown[]]];
    return isRecord(of) ? leavesOf(of, `${above}${name}.`) : [];
  });
}

function notAnswered() {
  return scimInvalid(
    'invalidFilter',
    'A filter compares attributes such as userName, externalId or displayName with eq, joined by and.',
  );
}
