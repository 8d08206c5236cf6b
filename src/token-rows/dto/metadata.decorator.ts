import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, registerDecorator, ValidateBy, type ValidationArguments } from 'class-validator';
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
export function IsMetadata(): PropertyDecorator {
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
