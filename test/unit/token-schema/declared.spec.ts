import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { TokenMacs } from '../../../src/secrets/token-macs.js';
import { TokenInfoDto } from '../../../src/token-rows/dto/token-info.dto.js';
import { boundOf } from '../../../src/token-rows/token-line.js';
import { INSERT_TOKENS, TOKEN_COLUMNS, type BoundRow } from '../../../src/token-rows/token-rows.sql.js';
import type { Token } from '../../../src/token-rows/token.entity.js';
import { columnOf, FIELDS, labelsFrom } from '../../../src/token-schema/derived.js';
import type { Field } from '../../../src/token-schema/field.js';
import { ChangeTokenDto } from '../../../src/tokens/dto/change-token.dto.js';
import { IssueTokenDto } from '../../../src/tokens/dto/issue-token.dto.js';
import { ActiveVerdictDto } from '../../../src/verification-api/verify-token.dto.js';
import { ActiveIntrospectionDto } from '../../../src/dialects/oauth/introspection.dto.js';
import { FIND_TOKENS } from '../../../src/verification/find-token.sql.js';

const macs = new TokenMacs({ pepper: { id: 'abcdef01', key: Buffer.alloc(32, 7) }, retiredPeppers: [] });

/** A value of a field, and another. */
const VALUES: Record<Field['type'], readonly [unknown, unknown]> = {
  uuid: ['01a1fc97-2f9b-7228-a469-95ca0240c64b', '01a1fc97-2f9b-7228-a469-95ca0240c64c'],
  varchar: ['one', 'other'],
  'text[]': [['one'], ['other']],
  jsonb: [{ a: 1 }, { a: 2 }],
  integer: [1, 2],
  timestamptz: [new Date(1), new Date(2)],
  bytea: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
};

const row = {
  ...Object.fromEntries(FIELDS.map(([name, { type }]) => [name, VALUES[type][0]])),
  kind: 'session',
  pepperId: 'abcdef01',
} as unknown as BoundRow & Token;

const documented = (dto: new () => object): string[] =>
  (Reflect.getMetadata('swagger/apiModelPropertiesArray', dto.prototype as object) as string[]).map((name) =>
    name.slice(1),
  );
const checked = (dto: new () => object): Set<string> =>
  new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(dto, '', false, false)
      .map(({ propertyName }) => propertyName),
  );
const columnsWith = (is: (field: Field) => unknown): string[] =>
  FIELDS.filter(([, field]) => is(field) !== undefined).map(([name]) => columnOf(name));

describe('what is declared of a field of a token', () => {
  it.each(FIELDS)('decides whether the MAC covers it: %s', (name, { type, mac }) => {
    const other = { ...row, [name]: name === 'kind' ? 'other' : VALUES[type][1] };
    // Of its owner a token has one id; without its pepper there is no MAC.
    if (name === 'identityId') other.memberId = null;
    if (name === 'pepperId') return;
    const isBound = mac !== undefined || name === 'memberId' || name === 'identityId';
    expect(macs.macOf(boundOf(other)).equals(macs.macOf(boundOf(row)))).toBe(!isBound);
  });

  it('gives each place in the text of the MAC to one field, and nothing to rows without the named ones', () => {
    const places = FIELDS.map(([, { mac }]) => mac).filter((mac) => typeof mac === 'number');
    expect(places.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    for (const [, { mac, nullable }] of FIELDS) if (mac === 'named') expect(nullable).toBe(true);
  });

  it('is in the answers and inputs that it is declared for', () => {
    expect(documented(TokenInfoDto)).toEqual(expect.arrayContaining(columnsWith(({ shown }) => shown)));
    expect(Object.keys(TokenInfoDto.from(row, 0)).sort()).toEqual(
      [...columnsWith(({ shown }) => shown), 'token_type', 'owner', 'status'].sort(),
    );
    expect(documented(IssueTokenDto)).toEqual(expect.arrayContaining(columnsWith(({ label }) => label)));
    expect(documented(ChangeTokenDto)).toEqual(expect.arrayContaining(columnsWith(({ label }) => label)));
    expect(documented(ActiveVerdictDto)).toEqual(
      expect.arrayContaining(columnsWith(({ verdict }) => verdict)),
    );
    expect(documented(ActiveIntrospectionDto)).toEqual(
      expect.arrayContaining(columnsWith(({ verdict }) => verdict)),
    );
    for (const dto of [IssueTokenDto, ChangeTokenDto])
      expect([...checked(dto)]).toEqual(expect.arrayContaining(columnsWith(({ label }) => label)));
  });

  it('is whole: a label has all its documents, and what a verdict states the MAC covers and the log has', () => {
    for (const [, field] of FIELDS) {
      const { label, shown, issued, changed, verdict, introspected } = field;
      const has = (documented: unknown): boolean => documented !== undefined;
      expect([shown, issued, changed].every(has) || label === undefined).toBe(true);
      expect([issued, changed, verdict, introspected].some(has) && label === undefined).toBe(false);
      expect(verdict === undefined).toBe(introspected === undefined);
      if (verdict !== undefined) expect(field).toMatchObject({ mac: expect.anything(), logged: true });
    }
  });

  it('is in the statements that read and make rows, and nothing hidden is in a list', () => {
    for (const [name, { hidden, made, mac }] of FIELDS) {
      expect(TOKEN_COLUMNS.includes(` AS "${name}"`)).toBe(hidden !== true);
      expect(new RegExp(`[(,] ?${columnOf(name)}[,)]`).test(INSERT_TOKENS.text)).toBe(
        made === undefined || made === 'moment',
      );
      if (mac !== undefined) expect(FIND_TOKENS.text).toContain(`t.${columnOf(name)}`);
    }
    expect(Object.keys(labelsFrom({}))).toEqual(
      FIELDS.flatMap(([name, { label }]) => (label === undefined ? [] : [name])),
    );
  });
});
