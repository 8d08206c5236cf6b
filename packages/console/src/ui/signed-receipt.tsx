import type { Client } from '../api/generated/client';
import { getRevocationReceipt, getRevocationsReceipt, getSessionReceipt } from '../api/generated/sdk.gen';
import { useApi, useBusinessId } from '../api/session';
import { DownloadButton } from './download';

type Revoked = 'token' | 'session' | 'revocation';

const READ: Record<Revoked, (client: Client, id: string) => Promise<string>> = {
  token: (client, id) => getRevocationReceipt({ client, path: { token_id: id }, parseAs: 'text' }),
  session: (client, id) => getSessionReceipt({ client, path: { session_id: id }, parseAs: 'text' }),
  revocation: (client, id) => getRevocationsReceipt({ client, path: { revocation_id: id }, parseAs: 'text' }),
};

/** Saves the signed receipt of what was revoked. Of the platform's revocations there are none: then there is no button. */
export function SignedReceipt({
  of,
  id,
  file,
}: {
  of: Revoked;
  id: string;
  /** Its name, without the ending. */
  file: string;
}) {
  const client = useApi();
  if (useBusinessId() === null) return null;
  return (
    <DownloadButton name={`${file}.jwt`} type="application/jwt" read={() => READ[of](client, id)}>
      Signed receipt
    </DownloadButton>
  );
}
