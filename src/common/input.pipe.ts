import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ignoresUnknown } from './ignores-unknown.decorator.js';
import { DomainError, type InputIssue } from './errors/domain-error.js';

const LOCATION: Record<ArgumentMetadata['type'], string> = {
  body: 'body',
  query: 'query',
  param: 'path',
  custom: 'header',
};

/** What a failed constraint is called in the issues of a 422, after pydantic's words, which DayZero answers with. */
const ISSUE_TYPE: Record<string, string> = {
  whitelistValidation: 'extra_forbidden',
  isDefined: 'missing',
  isString: 'string_type',
  isText: 'string_type',
  isInt: 'int_type',
  isBoolean: 'bool_type',
  isArray: 'list_type',
  isEmail: 'value_error',
  isUuid: 'uuid_parsing',
  isIn: 'enum',
  min: 'greater_than_equal',
  max: 'less_than_equal',
  arrayMaxSize: 'too_long',
  matches: 'string_pattern_mismatch',
};

const OPTIONS = {
  transform: true,
  whitelist: true,
  forbidUnknownValues: true,
  validationError: { target: false, value: false },
  exceptionFactory: (errors: ValidationError[]) => errors,
};

/**
 * Validates an input against its DTO and refuses what the DTO does not know, or drops it where the DTO says so.
 * @throws DomainError `input.invalid` with one issue per field; values are never echoed, they may be secrets (R8).
 */
export class InputPipe extends ValidationPipe {
  private readonly lenient = new ValidationPipe(OPTIONS);

  constructor() {
    super({ ...OPTIONS, forbidNonWhitelisted: true });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const location = LOCATION[metadata.type];
    if (metadata.type === 'body' && !isRecordOrNil(value)) {
      throw refusal([{ loc: [location], msg: 'Input should be an object', type: 'model_attributes_type' }]);
    }
    try {
      const { metatype } = metadata;
      if (ignoresUnknown(metatype))
        return await (this.lenient.transform(value, metadata) as Promise<unknown>);
      refuseInheritedNames(value, location);
      return await (super.transform(value, metadata) as Promise<unknown>);
    } catch (errors) {
      if (!Array.isArray(errors)) throw errors;
      throw refusal((errors as ValidationError[]).flatMap((error) => issuesOf(error, [location])));
    }
  }
}

/** The transformer drops fields such as `toString` without a word: an object has inherited that name already. */
function refuseInheritedNames(value: unknown, location: string): void {
  if (typeof value !== 'object' || value === null) return;
  const names = Object.keys(value).filter((name) => name in Object.prototype);
  if (names.length === 0) return;
  throw refusal(
    names.map((name) => ({
      loc: [location, name],
      msg: 'Extra inputs are not permitted',
      type: 'extra_forbidden',
    })),
  );
}

function refusal(issues: InputIssue[]): DomainError {
  return new DomainError('input.invalid', 'The input is not valid.', { issues });
}

function isRecordOrNil(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

/** Only names that the DTO knows are shown; an unknown one is the caller's own text, cut to a decent length. */
function issuesOf(error: ValidationError, above: (string | number)[]): InputIssue[] {
  const loc = [...above, /^\d+$/.test(error.property) ? Number(error.property) : error.property.slice(0, 64)];
  const constraint = worstOf(error.constraints ?? {});
  const own =
    constraint === undefined
      ? []
      : [
          {
            loc,
            msg:
              constraint === 'whitelistValidation'
                ? 'Extra inputs are not permitted'
                : (error.constraints?.[constraint] ?? ''),
            type: ISSUE_TYPE[constraint] ?? 'value_error',
          },
        ];
  return [...own, ...(error.children ?? []).flatMap((child) => issuesOf(child, loc))];
}

const TYPE_CONSTRAINTS = ['whitelistValidation', 'isString', 'isInt', 'isBoolean', 'isArray'];

/** One issue a field: a wrong type explains all the rest. */
function worstOf(constraints: Record<string, string>): string | undefined {
  return TYPE_CONSTRAINTS.find((name) => name in constraints) ?? Object.keys(constraints)[0];
}
