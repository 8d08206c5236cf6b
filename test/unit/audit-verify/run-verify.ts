import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditVerifyCommand } from '../../../src/cli/audit-verify/audit-verify.command.js';
import { inDirectory } from './verify-lines.js';

class Aborted extends Error {}

export interface Run {
  out: string;
  err: string;
  code: number | null;
}

/** Runs the command on files of the given contents; `@name` in the arguments is the path of one. */
export function run(files: Record<string, string | Buffer>, ...args: string[]): Promise<Run> {
  return inDirectory(async (directory) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const result: Run = { out: '', err: '', code: null };
    const command = auditVerifyCommand({
      stdout: { write: (more) => (result.out += more) },
      stderr: { write: (more) => (result.err += more) },
      exit: (code) => (result.code = code),
      abort: (code) => {
        result.code = code;
        throw new Aborted();
      },
    });
    const paths = args.map((arg) => (arg.startsWith('@') ? join(directory, arg.slice(1)) : arg));
    await command.parseAsync(paths, { from: 'user' }).catch((error: unknown) => {
      if (!(error instanceof Aborted)) throw error;
    });
    return result;
  });
}
