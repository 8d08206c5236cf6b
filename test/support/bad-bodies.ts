import type { Schema } from './documented-answer.js';

interface BadBody {
  what: string;
  body: unknown;
}

const NUL = 'a\u0000b';
const BELL = 'a\u0007b';
const BROKEN_UNICODE = 'a\ud800b';
const TURNED_ROUND = 'a\u202eb';
const ZERO_WIDTH = 'a\u200bb';

/** Bodies that are wrong in one place each, made from the documented schema of an operation. */
export function badBodies(schema: Schema, resolve: (schema: Schema) => Schema): BadBody[] {
  const { properties = {}, required = [] } = resolve(schema) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  const valid = Object.fromEntries(
    required.map((name) => [name, goodValue(resolve(properties[name] as Schema))]),
  );
  return [
    ...required.map((name) => ({ what: `no ${name}`, body: { ...valid, [name]: undefined } })),
    { what: 'an unknown field', body: { ...valid, no_such_field: 1 } },
    { what: 'an unknown field of a prototype', body: { ...valid, toString: 'x' } },
    ...Object.entries(properties).flatMap(([name, property]) =>
      badValues(resolve(property)).map((value) => ({
        what: `${name} = ${JSON.stringify(value)?.slice(0, 40)}`,
        body: { ...valid, [name]: value },
      })),
    ),
  ];
}

function goodValue(schema: Schema): unknown {
  const { type, example, format, enum: choices } = schema as Schema & { enum?: unknown[] };
  if (example !== undefined) return example;
  if (choices !== undefined) return choices[0];
  if (format === 'email') return 'ada@example.com';
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  return type === 'array' ? [] : 'good';
}

function badValues(schema: Schema): unknown[] {
  // Of several forms of one type the first tells what it is.
  const [form = schema] = (schema as { anyOf?: Schema[] }).anyOf ?? [];
  const { type, nullable, maxLength, minimum, maximum, enum: choices } = form as Schema & Limits;
  const nulls = nullable === true || !isKnown(type) ? [] : [null];
  if (choices !== undefined) return [...nulls, 'nobody', 7, true, [choices[0]], {}];
  switch (type) {
    case 'string':
      return [
        ...nulls,
        7,
        true,
        ['a'],
        { a: 1 },
        'x'.repeat((maxLength ?? 4000) + 1),
        NUL,
        BELL,
        BROKEN_UNICODE,
        TURNED_ROUND,
        ZERO_WIDTH,
      ];
    case 'integer':
    case 'number':
      return [...nulls, '7', 1.5, true, [7], {}, 1e300, (minimum ?? 0) - 1, (maximum ?? 2 ** 53) + 1];
    case 'boolean':
      return [...nulls, 'true', 1, [true], {}];
    case 'array':
      return [
        'a',
        { a: 1 },
        7,
        [7],
        [null],
        [['a']],
        [{}],
        [NUL],
        [BELL],
        [BROKEN_UNICODE],
        [TURNED_ROUND],
        ['x'.repeat(4000)],
      ];
    default:
      return [];
  }
}

interface Limits {
  nullable?: boolean;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
}

function isKnown(type: unknown): boolean {
  return ['string', 'integer', 'number', 'boolean'].includes(type as string);
}
