import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

interface Block {
  language: string;
  text: string;
}

export function readme(): string {
  return readFileSync(join(ROOT, 'README.md'), 'utf8');
}

/** The fenced blocks of README.md, in order. `bash` ones are run by the tests; `sh` ones need another machine. */
export function blocks(): Block[] {
  return [...readme().matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}
