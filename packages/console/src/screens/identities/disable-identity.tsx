import { disableIdentity } from '../../api/generated/sdk.gen';
import { useApi } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { EndingForm } from '../../ui/ending-form';
import type { IdentityViewProps } from './identity-form';

/** Disables an identity, and revokes every token of it. */
export function DisableIdentity({ identity, ...view }: IdentityViewProps) {
  const client = useApi();
  const count = useTokenCount({ identity_id: identity.id });
  return (
    <EndingForm
      {...view}
      count={count}
      undo="It can be enabled again. Its tokens stay revoked: for that there is no undo."
      action="Disable"
      end={(reason) => disableIdentity({ client, path: { identity_id: identity.id }, body: { reason } })}
      ended="is disabled"
    >
      <p>
        <bdi className="font-medium">{identity.name}</bdi> loses{' '}
        <strong className="font-semibold">{tokensInWords(count)}</strong>, everywhere, at once.
      </p>
    </EndingForm>
  );
}
