import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, ValidateIf } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import { columnOf, FIELDS } from '../../token-schema/derived.js';
import type { Documented as Said, Field } from '../../token-schema/field.js';
import type { Column, FieldsWith, TokenField, TokenValues } from '../../token-schema/token-schema.js';
import { HoldsNoSecret, IsMetadata } from './metadata.decorator.js';

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
