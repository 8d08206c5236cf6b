import type { RevocationWithReceiptDto } from '../../api/generated/types.gen';
import { Notice } from '../../ui/states';
import { Time } from '../../ui/time';

/** Who has declined it, when and why. */
export function Declined({
  revocation: { approval, revoked_by: asker },
}: {
  revocation: RevocationWithReceiptDto;
}) {
  if (approval === null) return null;
  const { declined_by: decliner, declined_at: at, decline_reason: reason } = approval;
  return (
    <Notice>
      <bdi className="font-medium">{decliner}</bdi>
      {decliner === asker ? ', who had asked for it, withdrew it' : ' declined it'}
      {at !== null && (
        <>
          {' '}
          <Time at={at} />
        </>
      )}
      , and nothing was revoked. Reason: <bdi>{reason}</bdi>. It can be asked for again.
    </Notice>
  );
}
