type SqlType = 'uuid' | 'varchar' | 'text[]' | 'jsonb' | 'integer' | 'timestamptz' | 'bytea';

/** What a document says of a field, with an example of its own where it has one; '': nothing but its form. */
export type Documented = string | { doc: string; example: unknown };

interface Options {
  nullable?: true;
  /** What the database has where none is given. */
  default?: string | number;
  /** No list and no answer reads it: what proves the row, and what serves an index. */
  hidden?: true;
  /**
   * Left out: by whoever makes the token (INSERT_TOKENS). `moment`: the time of that statement; `later`: a new token has
   * the default, or null; `database`: the database keeps it.
   */
  made?: 'moment' | 'later' | 'database';
  /** The service may change it in a row (UPDATE). */
  changes?: true;
  /**
   * What the MAC covers: the place in its text; `session`: of sessions alone; `labels`: of tokens that have one of
   * these; `named`: under its name, of tokens that have it. Whatever is declared after 0.3 is `named`, so that the MACs
   * of older rows hold. Never changed once it is released.
   */
  mac?: number | 'session' | 'labels' | 'named';
  /** Whoever issues the token writes it, and may change it: see Labels. `required`: each token of a business has it. */
  label?: true | 'required';
  /** Lines and tabs may stand in the text, or nothing. */
  isProse?: true;
  /** The text must not look like a secret. */
  holdsNoSecret?: true;
  /** Events of issues have it if it is set, events of changes if it changed; rows are compared with the log. */
  logged?: true;
  example?: unknown;
  /** In TokenInfoDto. */
  shown?: Documented;
  /** In IssueTokenDto and ChangeTokenDto; a label has both. */
  issued?: Documented;
  changed?: Documented;
  /** In ActiveVerdictDto and ActiveIntrospectionDto, and in the facts that memory holds; a label has both or none. */
  verdict?: Documented;
  introspected?: Documented;
}

/** A column of `tokens`. Its name is the field's in snake case. */
export interface Field extends Options {
  type: SqlType;
  /** Characters. */
  length?: number;
}

/** `of` has no value: the type of the field in TypeScript. */
type Declared<Type extends SqlType, Value, Said> = Said &
  Field & { type: Type; of?: Said extends { nullable: true } ? Value | null : Value };

const declared =
  <Type extends SqlType, Value>(type: Type, length?: number) =>
  <const Said extends Options>(said: Said) =>
    ({ type, ...said, ...(length !== undefined && { length }) }) as unknown as Declared<Type, Value, Said>;

export const uuid = declared<'uuid', string>('uuid');
export const integer = declared<'integer', number>('integer');
export const bytes = declared<'bytea', Buffer>('bytea');
export const texts = declared<'text[]', string[]>('text[]');
export const json = declared<'jsonb', Record<string, unknown>>('jsonb');
/** To the millisecond. */
export const moment = declared<'timestamptz', Date>('timestamptz');
export const text = <Value extends string = string>(length: number) =>
  declared<'varchar', Value>('varchar', length);
