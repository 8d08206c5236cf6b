import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');
const CALL = /`((?:GET|POST|PUT|PATCH|DELETE)) (\/[^`?]*)/g;

/** The part of docs/dialects.md about one dialect, from its heading to the next. */
function sectionOf(heading: string): string {
  const text = readFileSync(join(DOCS, 'dialects.md'), 'utf8');
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/dialects.md has no section ${heading}`);
  return section;
}

/** Of the paragraphs `Here:` and `Not here:` of a section, the one that begins so. */
function listOf(heading: string, beginning: 'Here:' | 'Not here:'): string {
  const list = new RegExp(`^${beginning}([^]*?)(?=^(Not here|Here):|(?![^]))`, 'm').exec(sectionOf(heading));
  return list?.[1] ?? '';
}

/** The calls that a list names: also `GET` and `POST /path`, which share one address. */
function callsIn(list: string): string[] {
  const each = list.replaceAll(
    /((?:`[A-Z]+`(?:, | and ))+)`([A-Z]+) (\/[^`]*)`/g,
    (_, methods: string, last: string, path: string) =>
      [...methods.matchAll(/[A-Z]+/g), [last]].map(([method]) => `\`${method} ${path}\``).join(', '),
  );
  return [...each.matchAll(CALL)].map(([, method, path]) => `${method} ${path}`);
}

function documented(name: string): string[] {
  const { paths } = JSON.parse(readFileSync(join(DOCS, 'openapi', `${name}.json`), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

describe('docs/dialects.md', () => {
  it.each([
    ['OpenTrain', 'opentrain'],
    ['Infisical', 'infisical'],
    ['vcita', 'vcita'],
  ])('lists each call of %s that is here, and no other', (heading, document) => {
    expect(callsIn(listOf(heading, 'Here:')).sort()).toEqual(documented(document).sort());
  });

  it('lists only calls of DayZero that are here', () => {
    const calls = callsIn(listOf('DayZero', 'Here:'));
    expect(calls).toHaveLength(4);
    expect(documented('native')).toEqual(expect.arrayContaining(calls));
  });

  it.each([
    ['DayZero', 'native'],
    ['OpenTrain', 'opentrain'],
    ['Infisical', 'infisical'],
    ['vcita', 'vcita'],
  ])('says what of %s is missing, and names nothing that is here', (heading, document) => {
    const list = listOf(heading, 'Not here:');
    expect(list.trim()).not.toBe('');
    const here = new Set(documented(document));
    expect(callsIn(list).filter((call) => here.has(call))).toEqual([]);
  });
});
