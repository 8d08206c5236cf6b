import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsAnyText } from '../../common/text.decorator.js';
import { scimInvalid } from './scim-refusal.js';
import { LIST_RESPONSE } from './scim-urns.js';

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
