import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useBusinessId, useMay } from '../../api/session';
import { Button } from '../../ui/button';
import { SignedReceipt } from '../../ui/signed-receipt';
import { EditToken } from './edit-token';
import { RevokeToken } from './revoke-token';
import { RotateToken } from './rotate-token';

type Action = 'edit' | 'rotate' | 'revoke';

/** What can be done with a token, as buttons at the head of its page. */
export function TokenActions({ token }: { token: TokenInfoDto }) {
  const may = useMay();
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
        <SignedReceipt of="token" id={token.id} file={`revocation-${token.jti}`} />
      )}
      {open === 'edit' && <EditToken token={token} onClose={close} />}
      {open === 'rotate' && <RotateToken token={token} onClose={close} />}
      {open === 'revoke' && <RevokeToken token={token} onClose={close} />}
    </>
  );
}
