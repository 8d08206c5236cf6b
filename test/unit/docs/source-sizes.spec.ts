import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'scripts', 'source-sizes.mjs');

describe('npm run sizes', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rescind-sizes-'));
    for (const each of ['scripts', 'src/one/deeper', 'src/two'])
      mkdirSync(join(folder, each), { recursive: true });
    writeFileSync(join(folder, 'src/main.ts'), '1\n');
    writeFileSync(join(folder, 'src/one/a.ts'), '1\n2\n');
    writeFileSync(join(folder, 'src/one/deeper/b.ts'), '1\n2\n3\n');
    writeFileSync(join(folder, 'src/two/c.ts'), '1\n');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function sizes(total: number, folders: Record<string, number>) {
    writeFileSync(join(folder, 'scripts/source-budgets.json'), JSON.stringify({ total, folders }));
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, printed: stdout.split('\n').map((line) => line.trim().split(/\s+/).join(' ')), stderr };
  }

  it('prints lines and files beside the budget', () => {
    const { status, printed } = sizes(7, { 'main.ts': 1, one: 5, two: 4 });
    expect(status).toBe(0);
    expect(printed).toEqual(
      expect.arrayContaining(['one 2 5 5', 'two 1 1 4', 'main.ts 1 1 1', 'total 4 7 7']),
    );
  });

  it.each([
    [
      'a folder above its budget',
      9,
      { 'main.ts': 1, one: 4, two: 4 },
      'one has 5 lines, 1 more than its budget',
    ],
    [
      'all of it above the total',
      6,
      { 'main.ts': 1, one: 5, two: 4 },
      'total has 7 lines, 1 more than its budget',
    ],
    ['a folder without a budget', 9, { 'main.ts': 1, one: 5 }, 'two has no budget'],
    [
      'a budget without a folder',
      9,
      { 'main.ts': 1, one: 5, two: 4, gone: 50 },
      'gone has a budget, but no files',
    ],
  ])('refuses %s', (_, total, folders, why) => {
    const { status, stderr } = sizes(total, folders);
    expect(status).toBe(1);
    expect(stderr).toContain(why);
  });

  describe('of modules', () => {
    const names = (count: number) =>
      Array.from({ length: count }, (_, index) => `Provider${index}`).join(', ');
    const budgets = { 'main.ts': 1, one: 99, two: 4 };
    const write = (source: string) => writeFileSync(join(folder, 'src/one/one.module.ts'), source);

    it('prints how many providers the largest have', () => {
      write(
        `@Module({ imports: [], providers: [${names(25)}], exports: [Provider0] })\nexport class One {}\n`,
      );
      const { status, printed } = sizes(99, budgets);
      expect(status).toBe(0);
      expect(printed).toContain('src/one/one.module.ts: 25 providers of at most 25');
    });

    it.each([
      ['a list', `@Module({ providers: [${names(26)}] })\nexport class One {}\n`],
      [
        'a list by its name',
        `const ALL = [${names(26)}];\n@Module({ providers: ALL, exports: ALL })\nexport class One {}\n`,
      ],
      [
        'a list with another in it, and what is provided in another way',
        `const OPEN = [\n  ${names(24)},\n];\n@Module({\n  controllers: [A],\n  providers: [\n    ...OPEN,\n    Other,\n` +
          '    { provide: KEY, useFactory: (...all: unknown[]) => [all], inject: [A, B] },\n  ],\n  exports: OPEN,\n})\nexport class One {}\n',
      ],
    ])('refuses one of more than 25: %s', (_, source) => {
      write(source);
      const { status, stderr } = sizes(99, budgets);
      expect(status).toBe(1);
      expect(stderr).toContain('src/one/one.module.ts has 26 providers, of at most 25');
    });
  });
});
