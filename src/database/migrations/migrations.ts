import { readdirSync } from 'node:fs';
import type { Migration } from '../migration.js';

type Module = Record<string, new () => Migration>;

const FILE = /^(\d+-[a-z0-9-]+)\.[jt]s$/;

/** The files of this folder, by their times: a new migration is a new file. A landed one never changes. */
const names = readdirSync(import.meta.dirname)
  .flatMap((file) => FILE.exec(file)?.[1] ?? [])
  .sort();

/** All migrations, oldest first: what each of their files exports with a time in its name. */
export const MIGRATIONS = (
  await Promise.all(names.map((name) => import(`./${name}.js`) as Promise<Module>))
).flatMap((module) => Object.values(module).filter(({ name }) => /\d{13}$/.test(name)));
