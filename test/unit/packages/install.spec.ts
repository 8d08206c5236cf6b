import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** Without the settings that the npm hands on which runs the tests. */
const ownEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
);

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe.each(['.', 'bench', 'packages/verifier/published-form'])('npm ci in %s', (folder) => {
  interface Entry {
    integrity?: string;
    link?: boolean;
  }

  it('installs nothing whose content is not locked', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, Entry>;
    };
    const isOwn = (path: string): boolean => path === '' || /^packages\/[^/]+$/.test(path);
    const entries = Object.entries(lock.packages).filter(([path, { link }]) => !isOwn(path) && link !== true);
    expect(entries.length).toBeGreaterThan(50);
    const loose = entries.filter(
      ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  describe('with a package that has install scripts', () => {
    let scratch: string;
    beforeAll(() => {
      scratch = mkdtempSync(join(tmpdir(), 'rescind-install-'));
    });
    afterAll(() => rmSync(scratch, { recursive: true }));

    it('runs none of them', () => {
      const scripts = Object.fromEntries(
        ['preinstall', 'install', 'postinstall'].map((name) => [name, `touch ${join(scratch, name)}`]),
      );
      mkdirSync(join(scratch, 'stranger'));
      writeFileSync(
        join(scratch, 'stranger', 'package.json'),
        JSON.stringify({ name: 'stranger', version: '1.0.0', scripts }),
      );
      const npm = (directory: string, ...args: string[]): string =>
        execFileSync('npm', [...args, '--offline', '--loglevel=error'], {
          cwd: directory,
          encoding: 'utf8',
          env: { ...ownEnvironment, npm_config_cache: join(scratch, 'cache') },
        });
      npm(scratch, 'pack', './stranger');
      const project = join(scratch, 'project');
      mkdirSync(project);
      cpSync(join(ROOT, folder, '.npmrc'), join(project, '.npmrc'));
      writeFileSync(
        join(project, 'package.json'),
        JSON.stringify({ name: 'project', dependencies: { stranger: 'file:../stranger-1.0.0.tgz' } }),
      );
      npm(project, 'install');
      npm(project, 'ci');
      expect(existsSync(join(project, 'node_modules', 'stranger'))).toBe(true);
      expect(Object.keys(scripts).filter((name) => existsSync(join(scratch, name)))).toEqual([]);
    });
  });
});
