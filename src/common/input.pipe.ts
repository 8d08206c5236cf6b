import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { ignoresUnknown } from './ignores-unknown.decorator.js';
import { type InputIssue, refusal } from './errors/domain-error.js';

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
  isMoment: 'datetime_parsing',
  isIn: 'enum',
  min: 'greater_than_equal',
  max: 'less_than_equal',
  arrayMaxSize: 'too_long',
  matches: 'string_pattern_mismatch',
};

const NAME_LENGTH_MAX = 64;

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
    const isRecord = typeof value === 'object' && !Array.isArray(value);
    if (metadata.type === 'body' && value !== undefined && !isRecord) {
      const issue = { loc: [location], msg: 'Input should be an object', type: 'model_attributes_type' };
      throw refusal('input.invalid', { issues: [issue] });
    }
    if (!this.toValidate(metadata)) return super.transform(value, metadata);
    const { known, unknown } = divided(value, fieldsOf(metadata.metatype as object));
    const isLenient = ignoresUnknown(metadata.metatype);
    const issues = isLenient ? [] : unknown.map((name) => notPermitted(location, name));
    try {
      const input: unknown = await (isLenient
        ? this.lenient.transform(known, metadata)
        : super.transform(known, metadata));
      if (issues.length === 0) return input;
    } catch (errors) {
      if (!Array.isArray(errors)) throw errors;
      issues.push(...(errors as ValidationError[]).flatMap((error) => issuesOf(error, [location])));
    }
    throw refusal('input.invalid', { issues });
  }
}

const fields = new WeakMap<object, ReadonlySet<string>>();

/** The names of the fields that a DTO validates. */
function fieldsOf(metatype: object): ReadonlySet<string> {
  const cached = fields.get(metatype);
  if (cached !== undefined) return cached;
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype as () => void, '', true, false);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  fields.set(metatype, names);
  return names;
}

/**
 * Parts what the DTO knows from what it does not. The transformer and the validator would find out too, at ten
 * microseconds a field, and drop names such as `toString` without a word: every object has inherited those.
 */
function divided(value: unknown, names: ReadonlySet<string>): { known: unknown; unknown: string[] } {
  if (typeof value !== 'object' || value === null) return { known: value, unknown: [] };
  const unknown = Object.keys(value).filter((name) => !names.has(name));
  if (unknown.length === 0) return { known: value, unknown };
  return { known: Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name))), unknown };
}

/** The name is the caller's own text, cut to a decent length. */
function notPermitted(location: string, name: string): InputIssue {
  return {
    loc: [location, name.slice(0, NAME_LENGTH_MAX)],
    msg: 'Extra inputs are not permitted',
    type: 'extra_forbidden',
  };
}

function issuesOf(error: ValidationError, above: (string | number)[]): InputIssue[] {
  const name = error.property;
  const loc = [...above, /^\d+$/.test(name) ? Number(name) : name.slice(0, NAME_LENGTH_MAX)];
  const constraint = worstOf(error.constraints ?? {});
  const inner = (error.children ?? []).flatMap((child) => issuesOf(child, loc));
  if (constraint === undefined) return inner;
  const isExtra = constraint === 'whitelistValidation';
  const msg = isExtra ? 'Extra inputs are not permitted' : (error.constraints?.[constraint] ?? '');
  return [{ loc, msg, type: ISSUE_TYPE[constraint] ?? 'value_error' }, ...inner];
}

const TYPE_CONSTRAINTS = ['whitelistValidation', 'isString', 'isInt', 'isBoolean', 'isArray'];

/** One issue a field: a wrong type explains all the rest. */
function worstOf(constraints: Record<string, string>): string | undefined {
  return TYPE_CONSTRAINTS.find((name) => name in constraints) ?? Object.keys(constraints)[0];
}
