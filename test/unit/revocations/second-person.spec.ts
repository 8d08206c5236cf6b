import { areOfOneHolder, areOfOnePerson } from '../../../src/revocations/bulk/person.js';
import type { LineageRow } from '../../../src/revocations/bulk/revocation-requests.sql.js';

const row = (side: LineageRow['side'], tokenId: string, who: Partial<LineageRow> = {}): LineageRow => ({
  side,
  itself: false,
  tokenId,
  memberId: null,
  identityId: null,
  person: null,
  ofPlatform: false,
  leaked: false,
  ...who,
});
const own = (side: LineageRow['side'], tokenId: string, who: Partial<LineageRow> = {}): LineageRow =>
  row(side, tokenId, { ...who, itself: true });

describe('whether two tokens are of one person', () => {
  it.each<[string, LineageRow[], boolean]>([
    [
      'two members',
      [own('asked', 'a', { memberId: 'ada' }), own('approves', 'b', { memberId: 'bob' })],
      false,
    ],
    [
      'a member twice',
      [own('asked', 'a', { memberId: 'ada' }), own('approves', 'b', { memberId: 'ada' })],
      true,
    ],
    ['one token', [own('asked', 'a'), own('approves', 'a')], true],
    ['one e-mail', [own('asked', 'a', { person: 'a@x' }), own('approves', 'b', { person: 'a@x' })], true],
    [
      'a token that the first one issued to the second',
      [
        own('asked', 'a', { memberId: 'ada' }),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'older', { memberId: 'ada' }),
      ],
      true,
    ],
    [
      'a machine whose token the second one issued',
      [
        own('asked', 'a', { identityId: 'ci' }),
        row('asked', 'b', { memberId: 'bob' }),
        own('approves', 'c', { memberId: 'bob' }),
      ],
      true,
    ],
    [
      'two whose tokens one back end has issued',
      [
        own('asked', 'a', { memberId: 'ada' }),
        row('asked', 'p', { ofPlatform: true }),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'p', { ofPlatform: true }),
      ],
      false,
    ],
    [
      'a machine and a member whose tokens one person has issued',
      [
        own('asked', 'a', { identityId: 'ci' }),
        row('asked', 'c', { memberId: 'carol' }),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'older', { memberId: 'carol' }),
      ],
      true,
    ],
    [
      'two members whose tokens one person has issued, who was issued theirs by the platform',
      [
        own('asked', 'a', { memberId: 'ada' }),
        row('asked', 'c', { memberId: 'carol' }),
        row('asked', 'p', { ofPlatform: true }),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'c', { memberId: 'carol' }),
        row('approves', 'p', { ofPlatform: true }),
      ],
      true,
    ],
    [
      'two whose tokens one of the platform’s has issued that somebody is named for',
      [
        own('asked', 'a', { person: 'ada@x', ofPlatform: true }),
        row('asked', 'p', { person: 'carol@x', ofPlatform: true }),
        own('approves', 'b', { person: 'bob@x', ofPlatform: true }),
        row('approves', 'p', { person: 'carol@x', ofPlatform: true }),
      ],
      true,
    ],
    [
      'two whose tokens one of a business has issued that belongs to nobody',
      [
        own('asked', 'a', { memberId: 'ada' }),
        row('asked', 'o'),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'o'),
      ],
      true,
    ],
    [
      'one of the platform’s that nobody is named for, and one that it issued',
      [
        own('asked', 'p', { ofPlatform: true }),
        own('approves', 'b', { person: 'bob@x', ofPlatform: true }),
        row('approves', 'p', { ofPlatform: true }),
      ],
      true,
    ],
  ])('%s', (_, lines, expected) => {
    expect(areOfOnePerson(lines)).toBe(expected);
  });
});

describe('whether two tokens have one holder', () => {
  it.each<[string, LineageRow[], boolean]>([
    ['one token', [own('asked', 'a'), own('approves', 'a')], true],
    ['two of nobody', [own('asked', 'a'), own('approves', 'b')], false],
    [
      'a member twice',
      [own('asked', 'a', { memberId: 'ada' }), own('approves', 'b', { memberId: 'ada' })],
      true,
    ],
    [
      'two members',
      [own('asked', 'a', { memberId: 'ada' }), own('approves', 'b', { memberId: 'bob' })],
      false,
    ],
    [
      'an identity twice',
      [own('asked', 'a', { identityId: 'ci' }), own('approves', 'b', { identityId: 'ci' })],
      true,
    ],
    [
      'two members with one e-mail',
      [
        own('asked', 'a', { memberId: 'ada', person: 'ada@x' }),
        own('approves', 'b', { memberId: 'other', person: 'ada@x' }),
      ],
      false,
    ],
    [
      'one of the platform’s, and a member with the e-mail of whom it was issued to',
      [
        own('asked', 'a', { ofPlatform: true, person: 'ada@x' }),
        own('approves', 'b', { memberId: 'other', person: 'ada@x' }),
      ],
      false,
    ],
    [
      'two of the platform’s, issued to one person',
      [
        own('asked', 'a', { ofPlatform: true, person: 'ada@x' }),
        own('approves', 'b', { ofPlatform: true, person: 'ada@x' }),
      ],
      true,
    ],
    [
      'two of the platform’s that nobody is named for',
      [own('asked', 'a', { ofPlatform: true }), own('approves', 'b', { ofPlatform: true })],
      true,
    ],
    [
      'one that a token of the other one’s member has issued',
      [
        own('asked', 'a', { memberId: 'ada' }),
        own('approves', 'b', { memberId: 'bob' }),
        row('approves', 'c', { memberId: 'ada' }),
      ],
      false,
    ],
  ])('%s', (_, lines, expected) => {
    expect(areOfOneHolder(lines)).toBe(expected);
  });
});
