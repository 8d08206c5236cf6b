import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import SCIMMY from 'scimmy';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsAnyText } from '../../common/text.decorator.js';
import { scimInvalid } from './scim-error-shape.js';
import { LIST_RESPONSE } from './scim-urns.js';
import { demandPlainWords, isRecord, QUOTED } from './scim-operations.js';

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

/** The most resources on a page, and how many there are when nothing is asked for. */
export const COUNT_MAX = 200;
const COUNT = 100;
const STRING = { message: 'Input should be a valid string' };

/** Which attributes an answer has (RFC 7644 §3.9). */
@IgnoresUnknown()
export class ScimProjectionDto {
  /** Only these attributes, with commas between them. */
  @IsOptional()
  @IsAnyText(1000, { required: false })
  attributes?: string;

  /** All attributes but these, such as `members`. */
  @IsOptional()
  @IsAnyText(1000, { required: false })
  excludedAttributes?: string;
}

@IgnoresUnknown()
export class ScimListDto extends ScimProjectionDto {
  /** Such as `userName eq "ada@example.com"`. */
  @IsOptional()
  @IsAnyText(512, { required: false })
  filter?: string;

  /** The first one, counted from 1. */
  @ApiPropertyOptional({ type: String, pattern: '^-?\\d{1,9}$' })
  @IsOptional()
  @IsString(STRING)
  startIndex?: string;

  /** How many at most; up to 200. */
  @ApiPropertyOptional({ type: String, pattern: '^-?\\d{1,9}$' })
  @IsOptional()
  @IsString(STRING)
  count?: string;
}

/** The page that is asked for (RFC 7644 §3.4.2.4). @throws DomainError `scim.invalid` */
export function windowOf({ startIndex, count }: ScimListDto): { offset: number; limit: number } {
  return {
    offset: Math.max(numberFrom('startIndex', startIndex, 1), 1) - 1,
    limit: Math.min(Math.max(numberFrom('count', count, COUNT), 0), COUNT_MAX),
  };
}

function numberFrom(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise;
  if (!/^-?\d{1,9}$/.test(text)) throw scimInvalid('invalidValue', `${name} should be an integer.`);
  return Number(text);
}

export interface ScimListOf<Resource> {
  schemas: string[];
  totalResults: number;
  startIndex: number;
  itemsPerPage: number;
  Resources: Resource[];
}

export function listOf<Resource>(total: number, offset: number, resources: Resource[]): ScimListOf<Resource> {
  return {
    schemas: [LIST_RESPONSE],
    totalResults: total,
    startIndex: offset + 1,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/** In every answer (RFC 7643 §3.1, §7: returned always). */
const ALWAYS = ['schemas', 'id'];

/** `resource` with the attributes that are asked for, by their first names: a part of one brings the whole. */
export function projected<Resource extends object>(
  resource: Resource,
  { attributes, excludedAttributes }: ScimProjectionDto,
): Resource {
  const wanted = namesOf(attributes);
  const unwanted = namesOf(excludedAttributes);
  const isShown = (name: string): boolean =>
    ALWAYS.includes(name) ||
    (wanted === null ? unwanted?.has(name.toLowerCase()) !== true : wanted.has(name.toLowerCase()));
  return Object.fromEntries(Object.entries(resource).filter(([name]) => isShown(name))) as Resource;
}

/** Whether an attribute is asked for at all: what is not shown needs not be looked up. */
export function isAskedFor(name: string, { attributes, excludedAttributes }: ScimProjectionDto): boolean {
  return name in projected({ [name]: true }, { attributes, excludedAttributes });
}

function namesOf(list: string | undefined): Set<string> | null {
  if (list === undefined || list.trim() === '') return null;
  const names = list.split(',').map((each) => each.trim().replace(/^urn:.*:/i, ''));
  return new Set(names.map((name) => (name.split('.')[0] ?? '').toLowerCase()));
}
