import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { revocationsOf, revocationsPath } from '../../api/revocations';
import { managesAllTokens } from '../../api/roles';
import { useApi, useBusinessId, useMay, useSession, type Session } from '../../api/session';
import { Link } from '../../ui/link';
import { Page, Section } from '../../ui/page';
import { Forbidden } from '../../ui/states';
import { AimForm } from './aim-form';
import { Execution } from './execution';
import { readPlanSearch, type PlanSearch } from './search';
import { termsFrom } from './terms';

/** Revokes many tokens: which, what that would hit, and then as it happens. */
export default function RevocationPlanScreen() {
  const businessId = useBusinessId();
  const may = useMay()(businessId === null ? 'rescind:platform:admin' : 'rescind:tokens:write');
  const above = <Link to={revocationsPath(businessId)}>Revocations</Link>;
  return (
    <Page title="Revoke many tokens" above={above}>
      {may ? <Plan /> : <Forbidden>Your role revokes no tokens.</Forbidden>}
    </Page>
  );
}

function Plan() {
  const client = useApi();
  const businessId = useBusinessId();
  const session = useSession();
  const navigate = useNavigate();
  const [search, setSearch] = useState<PlanSearch>(readPlanSearch(useSearch({ strict: false })));
  const [reason, setReason] = useState('');
  const [isUnderWay, setUnderWay] = useState(false);
  const shown = useRef<HTMLDivElement>(null);
  const preview = useMutation({
    mutationFn: () =>
      revocationsOf(client, businessId).preview(
        termsFrom(withOwner(search, session), reason, managesAllTokens(session.role)),
      ),
    onMutate: () => void navigate({ to: '.', search: search as never, replace: true }),
  });
  const plan = preview.data;
  useEffect(() => shown.current?.focus(), [plan]);
  return (
    <>
      {!isUnderWay && (
        <Section title="1. Which tokens, and why">
          <AimForm
            search={search}
            reason={reason}
            isPending={preview.isPending}
            problem={preview.error === null ? null : sentenceOf(preview.error)}
            onChange={(changed) => {
              setSearch(changed);
              preview.reset();
            }}
            onReason={(changed) => {
              setReason(changed);
              preview.reset();
            }}
            onPreview={() => preview.mutate()}
          />
        </Section>
      )}
      {plan !== undefined && (
        <div ref={shown} tabIndex={-1} className="outline-none">
          <Execution
            key={plan.plan}
            preview={plan}
            reason={reason}
            onStart={() => setUnderWay(true)}
            onRefused={() => setUnderWay(false)}
            onPreviewAgain={() => {
              setUnderWay(false);
              preview.mutate();
            }}
          />
        </div>
      )}
    </>
  );
}

/** Whoever revokes their own tokens alone need not say whose. */
function withOwner(search: PlanSearch, { role, person }: Session): PlanSearch {
  if (managesAllTokens(role)) return search;
  if (search.aim === 'member') return { ...search, about: person.email ?? '' };
  return search.aim === 'identity' ? { ...search, about: person.id ?? '' } : search;
}
