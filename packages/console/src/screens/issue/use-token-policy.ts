import { useQuery } from '@tanstack/react-query';
import { clientOf } from '../../api/client';
import { getBusiness, listOwnBusinesses } from '../../api/generated/sdk.gen';
import { useBusinessId, useSession } from '../../api/session';

/** What a business demands of every new token. */
export interface TokenPolicy {
  /** null: no limit of its own. */
  lifetimeDaysMax: number | null;
  isExpiryRequired: boolean;
}

/** Of the business in the address; while it is not known, as if there were none: the API decides. */
export function useTokenPolicy(): TokenPolicy {
  const businessId = useBusinessId();
  const { business } = useSession();
  const { data } = useQuery({
    queryKey: [businessId, 'policy'],
    queryFn: async ({ signal }) => {
      if (business === null)
        return getBusiness({ client: clientOf(null), path: { business_id: businessId ?? '' }, signal });
      const { items } = await listOwnBusinesses({ client: clientOf(null), signal });
      return items.find(({ id }) => id === businessId) ?? null;
    },
    enabled: businessId !== null,
  });
  return {
    lifetimeDaysMax: data?.token_lifetime_days_max ?? null,
    isExpiryRequired: data?.token_expiry_required ?? false,
  };
}
