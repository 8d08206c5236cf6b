import { join } from 'node:path';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import { dataDirectory } from '../config/data-directory.js';
import { secret } from '../config/environment.js';
import { makeDirectory } from '../config/make-directory.js';
import { replaceFile } from '../config/private-file.js';
import type { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { isReadByPerson } from './read-by-person.js';
import { report } from './report.js';

const FILE = 'platform-token';

/**
 * Issues the first platform token if there has never been one, and shows it to the operator: on a terminal, or
 * otherwise, since a log must not contain a secret, in the file `platform-token` of the data directory, readable
 * only by its owner. If that file cannot be written, none is issued, and a message says how to get one.
 */
export async function makeFirstPlatformToken(tokens: PlatformTokensService): Promise<void> {
  const chosen = secret('RESCIND_BOOTSTRAP_TOKEN');
  if (chosen !== undefined) {
    await tokens.bootstrap(chosen, SYSTEM_CONTEXT);
  } else if (isReadByPerson(process.stderr)) {
    const shown = await tokens.bootstrap(undefined, SYSTEM_CONTEXT);
    // At once, so that no later failure can prevent that it is seen.
    if (shown !== null) report(`Platform token, shown this once: ${shown}`);
  } else await makeInFile(tokens);
}

async function makeInFile(tokens: PlatformTokensService): Promise<void> {
  const path = join(dataDirectory(), FILE);
  let unwritable: string | undefined;
  const write = async (made: string): Promise<void> => {
    try {
      await makeDirectory(dataDirectory());
      await replaceFile(path, `${made}\n`);
    } catch (error) {
      unwritable = (error as NodeJS.ErrnoException).code;
      throw error;
    }
  };
  try {
    const made = await tokens.bootstrap(undefined, SYSTEM_CONTEXT, write);
    if (made !== null) report(`The platform token is in ${path}: take it from there and remove the file.`);
  } catch (error) {
    if (unwritable === undefined) throw error;
    report(
      `There is no platform token yet, and ${path} cannot be written (${unwritable}): run \`rescind bootstrap\`, which prints one, or set RESCIND_BOOTSTRAP_TOKEN.`,
    );
  }
}
