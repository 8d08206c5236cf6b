import { describe, expect, it } from '@jest/globals';
import { boundedMembersOf, repeatsMembers, VALUES_MAX } from '../../../src/common/http/body-parsers.js';

/** What the body parser does with a text. */
function read(text: string): unknown {
  const members = boundedMembersOf(text);
  const value: unknown = JSON.parse(text);
  if (repeatsMembers(value, members)) throw new Error('named more than once');
  return value;
}

const SIZE = 98_000;
const filled = (unit: string): string => unit.repeat(Math.floor(SIZE / unit.length));

describe('A JSON body', () => {
  it.each([
    '{}',
    '[]',
    '7',
    '"a:b,{[\\"{"',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"":0}',
    '{"a\\"b":":,","c\\\\":"\\\\","\\u0061":[[],{}]}',
    ' \n{ "a" : [ 1 , 2 ] , "b" : null } ',
    '{"1":1,"01":2,"a":1,"A":2}',
    '{"__proto__":1,"toString":2}',
  ])('is read as it is: %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":1}'],
    ['{"a":1,"\\u0061":2}'],
    ['{"b":{"a":{"x":1},"a":{"y":[1]}}}'],
    ['[{"a":1},{"a":1,"b":2,"a":3}]'],
    ['{"":1,"":2}'],
    ['{"__proto__":1,"__proto__":1}'],
  ])('that names a member twice is refused, however it is written: %s', (text) => {
    expect(() => read(text)).toThrow('more than once');
  });

  it('may have as many values as the largest that is asked for, and not many more', () => {
    const address = '{"ipAddress":"192.0.2.1","type":"ipv4","prefix":32}';
    expect(() => read(`{"accessTokenTrustedIps":[${Array(100).fill(address).join(',')}]}`)).not.toThrow();
    const numbers = (count: number): string => `[${Array(count).fill('1').join(',')}]`;
    expect(() => read(numbers(VALUES_MAX))).not.toThrow();
    expect(() => read(numbers(VALUES_MAX + 1))).toThrow('values');
  });

  it('may have more values where more are asked for, and no object with more members', () => {
    const objects = `[${Array(VALUES_MAX).fill('{"a":1}').join(',')}]`;
    expect(() => boundedMembersOf(objects)).toThrow('values');
    expect(boundedMembersOf(objects, 2 * VALUES_MAX + 1)).toBe(VALUES_MAX);
    const named = (count: number): string =>
      `[{"a":1},{${Array.from({ length: count }, (_, at) => `"${at}":{"a":1}`).join(',')}}]`;
    expect(boundedMembersOf(named(VALUES_MAX), 10 * VALUES_MAX)).toBe(2 * VALUES_MAX + 1);
    expect(() => boundedMembersOf(named(VALUES_MAX + 1), 10 * VALUES_MAX)).toThrow(`${VALUES_MAX} values`);
  });

  it.each([
    ['members', `{${Array.from({ length: 12_500 }, (_, index) => `"${index.toString(36)}":1`).join(',')}}`],
    ['elements', `[${filled('{},')}{}]`],
    ['the same member', `{${filled('"a":1,')}"a":1}`],
    ['lists side by side', `[${filled('[],')}[]]`],
    ['lists in lists', filled('[')],
    ['objects in objects', filled('{"a":')],
    ['what is no JSON', filled(',')],
  ])('of 98 kB of %s is refused before it is parsed', (_, text) => {
    expect(() => boundedMembersOf(text)).toThrow(/values|nested/);
  });

  it.each([
    ['quotes in a string', `{"a":"${filled('\\"')}"}`],
    ['backslashes', `{"a":"${filled('\\\\')}"}`],
    ['escapes', `{"a":"${filled('\\u0022')}"}`],
    ['brackets in a string', `{"a":"${filled('[{:,')}"}`],
    ['a string without an end', `{"a":"${filled('\\')}`],
    ['quotes', filled('"')],
    ['spaces', `{${filled(' ')}"a":1}`],
  ])('of 98 kB of %s takes about as long as one of 98 kB of letters', (_, text) => {
    const took = (subject: string): number => {
      const rounds = Array.from({ length: 9 }, () => {
        const startedMs = performance.now();
        boundedMembersOf(subject);
        return performance.now() - startedMs;
      });
      return Math.min(...rounds);
    };
    const letters = `{"a":"${filled('x')}"}`;
    took(letters);
    expect(took(text)).toBeLessThan(10 * took(letters));
  });
});
