import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';

/** The log that a request names: of a business, or of the `platform`; null when it names none. */
export function logIdOf(businessId: string | undefined): string | null {
  return businessId === 'platform' ? PLATFORM_LOG : (businessId?.toLowerCase() ?? null);
}
