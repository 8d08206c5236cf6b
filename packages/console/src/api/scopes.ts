import { useQuery } from '@tanstack/react-query';
import { getScopeCatalogue } from './generated/sdk.gen';
import { useApi, useBusinessId } from './session';

/** The scopes that tokens of the business can be given. */
export function useScopeCatalogue() {
  const client = useApi();
  const businessId = useBusinessId();
  return useQuery({
    queryKey: [businessId, 'scopes'],
    queryFn: ({ signal }) => getScopeCatalogue({ client, signal }),
  });
}
