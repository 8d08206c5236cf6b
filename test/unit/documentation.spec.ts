import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(ROOT, page)));

/** Without blocks of code, in which brackets are no links. */
const proseOf = (page: string): string => read(page).replaceAll(/^ *```[^]*?^ *```/gm, '');

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(headings);
}

it.each(pages)('every link of %s leads to a file, and to a heading of it', (page) => {
  const broken = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)/g)]
    .map(([, path = '', anchor]) => ({ to: path === '' ? page : join(dirname(page), path), anchor }))
    .filter(
      ({ to, anchor }) =>
        !existsSync(join(ROOT, to)) ||
        (anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).has(anchor)),
    );
  expect(broken).toEqual([]);
});

describe('the list of decisions', () => {
  const files = readdirSync(join(ROOT, 'docs/adr')).filter((file) => /^\d{4}-/.test(file));

  it('has each of them, under its number and title', () => {
    const listed = [...read('docs/adr/README.md').matchAll(/^\| \[(\d{4})\]\(([^)]+)\) +\| (.+?) +\|$/gm)];
    expect(listed.map(([, number, file, title]) => `${number} ${file} ${title}`)).toEqual(
      files.map((file) => {
        const [heading = ''] = read(`docs/adr/${file}`).split('\n');
        const number = file.slice(0, 4);
        expect(heading.startsWith(`# ${number}: `)).toBe(true);
        return `${number} ${file} ${heading.slice('# 0000: '.length)}`;
      }),
    );
  });

  it('says of each number that is missing that it is', () => {
    const taken = new Set(files.map((file) => Number(file.slice(0, 4))));
    const missing = Array.from({ length: Math.max(...taken) }, (_, index) => index + 1).filter(
      (number) => !taken.has(number),
    );
    const [, explained = ''] = /So there is no ([^|]+?) No page was removed/.exec(
      read('docs/adr/README.md'),
    ) ?? [''];
    const named = [...explained.matchAll(/(\d{4})(?:\s+to\s+(\d{4}))?/g)].flatMap(
      ([, first = '', last = first]) =>
        Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
    );
    expect(named).toEqual(missing);
  });
});

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md');
  const quoted = [...proseOf('docs/architecture.md').matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);

  it('names every folder of src/, in its table of layers', () => {
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .join('\n');
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !rows.includes(`\`${name}/`))).toEqual([]);
  });

  it('names only folders and files that there are', () => {
    const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((file) => existsSync(join(ROOT, file)))
      .map((file) => `/${file}`);
    const isThere = (name: string): boolean =>
      name.endsWith('/')
        ? tracked.some((file) => file.includes(`/${name}`))
        : tracked.some((file) => file.endsWith(`/${name}`));
    const paths = quoted.filter(
      (name) =>
        /^[\w./-]+$/.test(name) && (/^[a-z][\w./-]*\/$/.test(name) || /\.(ts|mjs|json|tsx|md)$/.test(name)),
    );
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((name) => !isThere(name))).toEqual([]);
  });

  it('names only classes and functions that there are', () => {
    const sources = execFileSync('git', ['grep', '-hoE', '[A-Za-z_]+', '--', 'src', 'test', 'packages'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const words = new Set(sources.split('\n'));
    const names = quoted.flatMap((name) =>
      /^[A-Za-z]+(\.[a-zA-Z]+)?$/.test(name) && /[A-Z]/.test(name) && name !== name.toUpperCase()
        ? name.split('.')
        : [],
    );
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});
