import { describe, expect, it } from '@jest/globals';
import { isCleanText } from '../../../src/common/clean-text.js';

const hex = (text: string): string =>
  [...text].map((character) => character.codePointAt(0)?.toString(16)).join(' ');
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('A name', () => {
  it('holds no bidirectional control, no zero-width character, no tag and no filler', () => {
    const refused = [
      ...range(0x202a, 0x202e),
      ...range(0x2066, 0x2069),
      ...[0x200e, 0x200f, 0x61c, 0x200b, 0xfeff, 0x2060, 0xad, 0x34f, 0x180e, 0x3164, 0xffa0, 0x2028, 0x2029],
      ...range(0x2061, 0x2064),
      ...[0xe0001, 0xe0041, 0xe0100],
    ];
    const accepted = refused.filter((code) => isCleanText(`ad${String.fromCodePoint(code)}min`));
    expect(accepted.map((code) => code.toString(16))).toEqual([]);
    expect(refused.filter((code) => isCleanText(String.fromCodePoint(code)))).toEqual([]);
  });

  it.each([
    'ad\u200dmin',
    'ad\u200cmin',
    '\u200dadmin',
    'admin\u200d',
    'а\u200dб',
    'e\u0301\u200dx',
    'a \ufe0fb',
  ])('holds no joiner or selector that has nothing to join or select: %j', (text) =>
    expect([hex(text), isCleanText(text)]).toEqual([hex(text), false]),
  );

  it.each([
    ['Persian', 'می\u200cخواهم'],
    ['Hindi', 'क्\u200dष'],
    ['Sinhala', 'ශ්\u200dරී'],
    ['a family', '👨\u200d👩\u200d👧\u200d👦'],
    ['a woman at a computer', '👩🏽\u200d💻 laptop'],
    ['a rainbow flag', '🏳\ufe0f\u200d🌈'],
    ['a heart', '❤\ufe0f'],
    ['a variant of a Han character', '葛\ufe00'],
    ['a key cap', '1\ufe0f\u20e3'],
    ['Hebrew', 'שלום'],
    ['Arabic', 'مرحبا بالعالم'],
    ['Vietnamese, decomposed', 'tie\u0302\u0301ng Vie\u0323\u0302t'],
    ['Korean', '한국어'],
    ['punctuation', 'deploy pipeline (eu) — “blue”…'],
  ])('may be written in any language: %s', (_, text) => expect(isCleanText(text)).toBe(true));

  it('holds no control characters and no broken Unicode; line breaks where they are allowed', () => {
    for (const text of ['a\u0000', 'a\u0007', 'a\u009f', 'a\ud800b', 'a\nb', 'a\tb'])
      expect([hex(text), isCleanText(text)]).toEqual([hex(text), false]);
    expect(isCleanText('a\n\tb\r', true)).toBe(true);
    expect(isCleanText('a\u0007\nb', true)).toBe(false);
    expect(isCleanText('a\u202e\nb', true)).toBe(false);
  });
});
