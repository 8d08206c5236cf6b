import { DomainError } from '../common/errors/domain-error.js';
import { ConfigError } from '../config/environment.js';
import { RecoveryService } from '../sign-in/recovery/recovery.service.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';

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
