import type { Client } from '../../api/generated/client';
import { getOverview, getPlatformOverview } from '../../api/generated/sdk.gen';
import type { OverviewDto } from '../../api/generated/types.gen';

/** The numbers of a business, or of everything on the platform. */
export function readOverview(
  client: Client,
  businessId: string | null,
  signal: AbortSignal,
): Promise<OverviewDto> {
  return businessId === null ? getPlatformOverview({ client, signal }) : getOverview({ client, signal });
}
