import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getRevocationReceipt } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId, useMay } from '../../api/session';
import { Button } from '../../ui/button';
import { DownloadButton } from '../../ui/download';
import { EditToken } from './edit-token';
import { RevokeToken } from './revoke-token';
import { RotateToken } from './rotate-token';

type Action = 'edit' | 'rotate' | 'revoke';

/** What can be done with a token, as buttons at the head of its page. */
export function TokenActions({ token }: { token: TokenInfoDto }) {
  const may = useMay();
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Action | null>(null);
  const isChangeable = may('rescind:tokens:write') && token.status !== 'revoked';
  const close = () => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: [businessId ?? 'platform'] });
  };
  return (
    <>
      {isChangeable && <Button onPress={() => setOpen('edit')}>Edit</Button>}
      {isChangeable && token.status === 'active' && token.replaced_by === null && (
        <Button onPress={() => setOpen('rotate')}>Rotate</Button>
      )}
      {isChangeable && (
        <Button kind="danger" icon="revoke" onPress={() => setOpen('revoke')}>
          Revoke
        </Button>
      )}
      {token.status === 'revoked' && (
        <DownloadButton
          name={`revocation-${token.jti}.jwt`}
          type="application/jwt"
          read={() => getRevocationReceipt({ client, path: { token_id: token.id }, parseAs: 'text' })}
        >
          Signed receipt
        </DownloadButton>
      )}
      {open === 'edit' && <EditToken token={token} onClose={close} />}
      {open === 'rotate' && <RotateToken token={token} onClose={close} />}
      {open === 'revoke' && <RevokeToken token={token} onClose={close} />}
    </>
  );
}
