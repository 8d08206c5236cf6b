import { useState } from 'react';
import { useBusinessId, useMay } from '../../api/session';
import { Link } from '../../ui/link';
import { Page } from '../../ui/page';
import { Forbidden } from '../../ui/states';
import { IssueForm } from './issue-form';
import { Issued, type IssuedSecret } from './issued';

/** Issues a token. Its secret is in the state of this screen until the reader has kept it, or leaves. */
export default function IssueScreen() {
  const may = useMay();
  const businessId = useBusinessId() ?? '';
  const [issued, setIssued] = useState<IssuedSecret | null>(null);
  const above = (
    <Link to="/b/$businessId/tokens" params={{ businessId }}>
      Tokens
    </Link>
  );
  if (!may('rescind:tokens:write'))
    return (
      <Page title="Issue a token" above={above}>
        <Forbidden>Your role reads tokens and issues none.</Forbidden>
      </Page>
    );
  return (
    <Page title={issued === null ? 'Issue a token' : 'The token is issued'} above={above}>
      {issued === null ? (
        <IssueForm onIssued={setIssued} />
      ) : (
        <Issued issued={issued} onAnother={() => setIssued(null)} />
      )}
    </Page>
  );
}
