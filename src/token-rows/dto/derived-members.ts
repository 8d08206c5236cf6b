import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  IsOptional,
  registerDecorator,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import { columnOf, FIELDS } from '../../token-schema/derived.js';
import type { Documented as Said, Field } from '../../token-schema/field.js';
import type { Column, FieldsWith, TokenField, TokenValues } from '../../token-schema/token-schema.js';
import { isCleanText } from '../../common/clean-text.js';
import { holdsSecret } from '../../secrets/secret-in-text.js';

/** Bytes of the JSON of all metadata of a token, UTF-8. */
const METADATA_BYTES_MAX = 4096;
/** Characters of a top-level name, by which tokens can be found. */
const METADATA_NAME_LENGTH_MAX = 64;

/**
 * What is wrong with `value` as the metadata of a token; null: nothing. It must be a JSON object without invisible
 * content, because it appears in verdicts, lists and the log. Numbers must be ones that every JSON parser reads alike.
 * No part of it may look like a secret of Rescind (R8).
 */
function metadataProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'Input should be an object';
  if (Buffer.byteLength(JSON.stringify(value)) > METADATA_BYTES_MAX)
    return `Metadata should have at most ${METADATA_BYTES_MAX} bytes as JSON`;
  const names = Object.keys(value);
  if (names.some((name) => name.length === 0 || name.length > METADATA_NAME_LENGTH_MAX))
    return `Names should have 1 to ${METADATA_NAME_LENGTH_MAX} characters`;
  return problemWithin(value);
}

function problemWithin(value: unknown): string | null {
  if (typeof value === 'string') return problemOfText(value);
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      ? null
      : 'Numbers should lie within ±(2^53 - 1): write larger ones as text';
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const problem = problemOfText(name) ?? problemWithin(inner);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOfText(text: string): string | null {
  if (!isCleanText(text, true)) return 'Texts should have no control or invisible characters';
  return holdsSecret(text) ? SECRET_PROBLEM : null;
}

const SECRET_PROBLEM = 'Input should hold no secret of a token: it is shown, and stays in the log';

/** An optional JSON object that `metadataProblem` accepts; null: none. */
function IsMetadata(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'object', nullable: true, additionalProperties: true }),
    IsOptional(),
    (target: object, property: string | symbol) =>
      registerDecorator({
        name: 'isMetadata',
        target: target.constructor,
        propertyName: property as string,
        validator: {
          validate: (value: unknown) => metadataProblem(value) === null,
          defaultMessage: (args?: ValidationArguments) =>
            metadataProblem(args?.value) ?? 'Input is not valid',
        },
      }),
  );
}

/** A text that is no secret of a token, and has none in it. */
export function HoldsNoSecret(): PropertyDecorator {
  return ValidateBy({
    name: 'holdsNoSecret',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || !holdsSecret(value),
      defaultMessage: () => SECRET_PROBLEM,
    },
  });
}

/** What a DTO is for: the name of what a field declares for it. */
type Use = 'shown' | 'issued' | 'changed' | 'verdict' | 'introspected';

/** Moments are texts in JSON. */
type InJson<Value> = Value extends Date ? string : Value;
type Members<Name extends TokenField> = {
  -readonly [Each in Name as Column<Each>]: InJson<TokenValues[Each]>;
};
type Required = FieldsWith<{ label: 'required' }>;
type LabelsWith<Name extends Use> = Exclude<FieldsWith<Record<Name, Said>>, Required>;

interface MembersOf {
  shown: Members<FieldsWith<{ shown: Said }>>;
  issued: { [Each in Required as Column<Each>]: NonNullable<TokenValues[Each]> } & Partial<
    Members<LabelsWith<'issued'>>
  >;
  changed: { [Each in Required as Column<Each>]?: NonNullable<TokenValues[Each]> } & Partial<
    Members<LabelsWith<'changed'>>
  >;
  verdict: Members<FieldsWith<{ verdict: Said }>>;
  introspected: Partial<{
    [Each in FieldsWith<{ introspected: Said }> as Column<Each>]: NonNullable<InJson<TokenValues[Each]>>;
  }>;
}

const TYPES: Partial<Record<Field['type'], ApiPropertyOptions>> = {
  integer: { type: 'integer' },
  'text[]': { type: [String] },
  jsonb: { type: 'object', additionalProperties: true },
};
const FORMATS: Partial<Record<Field['type'], string>> = { uuid: 'uuid', timestamptz: 'date-time' };

/** All but the example, which documents have last. */
function Documented(field: Field, use: Use, doc: string): PropertyDecorator {
  const { type, nullable, label } = field;
  const isInput = use === 'issued' || use === 'changed';
  const isNullable = nullable === true && use !== 'introspected' && !(isInput && label === 'required');
  return ApiProperty({
    ...(TYPES[type] ?? { type: String }),
    ...(isNullable && { nullable }),
    ...(doc !== '' && { description: doc }),
    ...(FORMATS[type] !== undefined && { format: FORMATS[type] }),
    ...(use === 'introspected' && { required: false }),
  } as ApiPropertyOptions);
}

/** @throws Error for a type that no input has had: its decorator is to be chosen here */
function Input(name: string, field: Field, use: 'issued' | 'changed'): PropertyDecorator {
  const { type, length: max = 0, label, isProse, holdsNoSecret } = field;
  if (type === 'jsonb') return IsMetadata();
  if (type !== 'varchar') throw new Error(`no input of a token is of the type of ${name}`);
  const isRequired = label === 'required';
  const IsMissing =
    use === 'changed' && isRequired ? ValidateIf((_, value: unknown) => value !== undefined) : IsOptional();
  return applyDecorators(
    ...(use === 'issued' && isRequired ? [] : [IsMissing, ApiProperty({ required: false })]),
    IsText({
      max,
      ...(isProse === true && { min: 0, multiline: true }),
      ...(!isRequired && { nullable: true }),
    }),
    ...(holdsNoSecret === true ? [HoldsNoSecret()] : []),
  );
}

/**
 * The base of a DTO: with the members, their documentation and, in an input, their checks that the fields of a token
 * declare for `use`, in the order of their declaration.
 * @param own members of the DTO itself that documents have between these, each list after the member of its name, or before all
 */
export function membersFor<Name extends Use>(
  use: Name,
  own: Record<string, readonly string[]> = {},
): new () => MembersOf[Name] {
  class Base {}
  const place = (names: readonly string[] = []): void => {
    for (const name of names) ApiProperty()(Base.prototype, name);
  };
  place(own['']);
  for (const [name, field] of FIELDS) {
    const documented = field[use];
    if (documented === undefined) continue;
    const column = columnOf(name);
    const { doc, example } =
      typeof documented === 'string' ? { doc: documented, example: field.example } : documented;
    applyDecorators(
      Documented(field, use, doc),
      ...(use === 'issued' || use === 'changed' ? [Input(column, field, use)] : []),
      ApiProperty((example === undefined ? {} : { example }) as ApiPropertyOptions),
    )(Base.prototype, column);
    place(own[column]);
  }
  return Base as new () => MembersOf[Name];
}
