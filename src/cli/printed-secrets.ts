import { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import { isCleanText } from '../common/clean-text.js';
import { ConfigError } from '../config/environment.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';
import { DomainError } from '../common/errors/domain-error.js';
import { RecoveryService } from '../sign-in/recovery/recovery.service.js';

/** Makes a recovery code and prints it on standard output, on a line of its own. */
export async function printRecoveryCode(business: string): Promise<void> {
  const code = await inApplication(async (app) => {
    try {
      return await app.get(RecoveryService).make(business);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'business.not_found')
        throw new ConfigError('--business', 'must be the id or the slug of a business.');
      throw error;
    }
  });
  report('Recovery code, shown this once; print it and lock it away:');
  process.stdout.write(`${code}\n`);
}

const PERSON_LENGTH_MAX = 320;

/** Issues a platform token and prints it on standard output, on a line of its own. */
export async function issuePlatformToken(name: string, issuedTo: string | null): Promise<void> {
  if (
    issuedTo !== null &&
    (issuedTo.trim() === '' || issuedTo.length > PERSON_LENGTH_MAX || !isCleanText(issuedTo, false))
  )
    throw new ConfigError(
      '--issued-to',
      `must be a name or an e-mail address of 1 to ${PERSON_LENGTH_MAX} characters.`,
    );
  const { secret } = await inApplication((app) =>
    app
      .get(PlatformTokensService)
      .issue({ name, issuedTo, expiresAt: null, origin: 'bootstrap command' }, SYSTEM_CONTEXT),
  );
  report('Platform token, shown this once:');
  process.stdout.write(`${secret}\n`);
}
