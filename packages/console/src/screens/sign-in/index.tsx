import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { clientOf } from '../../api/client';
import { listSignInWays } from '../../api/generated/sdk.gen';
import { buttonClass } from '../../ui/button';
import { Logo } from '../../ui/logo';
import { OfflineBanner } from '../../ui/offline-banner';
import { QueryView } from '../../ui/query-view';
import { Notice } from '../../ui/states';
import { RecoveryForm } from './recovery-form';
import { returnTo } from './return-to';
import { sentenceOfSignInError } from './sentences';
import { TokenForm } from './token-form';

const route = getRouteApi('/sign-in');

const ENDED = {
  expired: 'Your session has ended. Sign in again to go on where you were.',
  'signed-out': 'You are signed out.',
} as const;

export default function SignInScreen() {
  const { return_to, ended, error } = route.useSearch();
  const target = returnTo(return_to);
  const ways = useQuery({
    queryKey: ['sign-in'],
    queryFn: ({ signal }) => listSignInWays({ client: clientOf(null), signal }),
  });
  useEffect(() => {
    document.title = 'Sign in · Rescind';
  }, []);
  return (
    <div className="flex min-h-screen flex-col">
      <OfflineBanner />
      <main className="mx-auto flex w-full max-w-sm grow flex-col gap-5 px-4 py-[14vh]">
        <header className="flex flex-col items-center gap-3 text-center">
          <Logo size={40} />
          <h1 className="text-xl font-semibold tracking-tight">Sign in to Rescind</h1>
        </header>
        {error !== undefined && <Notice tone="danger">{sentenceOfSignInError(error)}</Notice>}
        {error === undefined && ended !== undefined && <Notice>{ENDED[ended]}</Notice>}
        <div className="card flex flex-col gap-5 p-5">
          <QueryView query={ways} label="Reading how to sign in">
            {({ oidc, token, recovery }) => (
              <>
                {oidc.length > 0 && (
                  <ul className="flex flex-col gap-2">
                    {oidc.map(({ id, name }) => (
                      <li key={id}>
                        <a
                          className={buttonClass('primary', 'w-full')}
                          href={`/sign-in/oidc/${encodeURIComponent(id)}?${new URLSearchParams({ return_to: target })}`}
                        >
                          Sign in with <bdi>{name}</bdi>
                        </a>
                      </li>
                    ))}
                  </ul>
                )}
                {oidc.length > 0 && token && <Or />}
                {token && <TokenForm target={target} isMain={oidc.length === 0} />}
                {recovery && <RecoveryForm target={target} />}
              </>
            )}
          </QueryView>
        </div>
        <p className="text-center text-xs text-muted">
          A session ends by itself when it is not used, and at once when your token, your role or your
          membership is taken back.
        </p>
      </main>
    </div>
  );
}

function Or() {
  return (
    <div className="flex items-center gap-3 text-xs text-muted">
      <span className="h-px grow bg-line" />
      or
      <span className="h-px grow bg-line" />
    </div>
  );
}
