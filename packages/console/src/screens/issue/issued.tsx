import { useEffect, useRef, useState } from 'react';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useBusinessId } from '../../api/session';
import { Addresses } from '../../ui/addresses';
import { Scope } from '../../ui/badge';
import { Button } from '../../ui/button';
import { LinkButton } from '../../ui/link';
import { Facts, None, Section } from '../../ui/page';
import { Secret } from '../../ui/secret';
import { ExactTime } from '../../ui/time';

/** What was issued; `secret` is in no other place. */
export interface IssuedSecret {
  secret: string;
  token: TokenInfoDto;
  /** The lifetime that was asked for, in days; null: without end. */
  askedDays: number | null;
}

/** Two clocks may differ by so much. */
const TOLERANCE_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Nothing issued outlives what it was issued with, nor the policy of the business. */
function isShortened({ token, askedDays }: IssuedSecret): boolean {
  if (token.expires_at === null) return false;
  if (askedDays === null) return true;
  const asked = new Date(token.created_at).getTime() + askedDays * DAY_MS;
  return new Date(token.expires_at).getTime() < asked - TOLERANCE_MS;
}

/** Shows the secret this once, and goes on when it is kept. */
export function Issued({ issued, onAnother }: { issued: IssuedSecret; onAnother: () => void }) {
  const { secret, token } = issued;
  const businessId = useBusinessId() ?? '';
  const [isKept, setKept] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.focus(), []);
  return (
    <div ref={top} tabIndex={-1} className="flex max-w-3xl flex-col gap-5 outline-none">
      <Section title="Its secret">
        <Secret value={secret} label="The secret of the token" onKept={() => setKept(true)} />
      </Section>
      <Section title="What was issued">
        <Facts
          facts={[
            { name: 'Name', value: <bdi>{token.name}</bdi> },
            { name: 'Owner', value: <bdi>{token.owner.email ?? token.owner.name}</bdi> },
            {
              name: 'Expires',
              value:
                token.expires_at === null ? (
                  <None>never</None>
                ) : (
                  <>
                    <ExactTime at={token.expires_at} />
                    {isShortened(issued) && (
                      <span className="block text-muted">
                        Sooner than asked for: a token does not outlive what it was issued with.
                      </span>
                    )}
                  </>
                ),
            },
            { name: 'Allowed addresses', value: <Addresses of={token.trusted_ips} /> },
            {
              name: 'Scopes',
              value:
                token.scopes.length === 0 ? (
                  <None />
                ) : (
                  <span className="flex flex-wrap gap-1">
                    {token.scopes.map((scope) => (
                      <Scope key={scope}>{scope}</Scope>
                    ))}
                  </span>
                ),
            },
          ]}
        />
      </Section>
      <div className="flex items-center justify-end gap-2">
        {!isKept && <p className="grow text-sm text-muted">Mark the secret as kept to go on.</p>}
        <Button onPress={onAnother} isDisabled={!isKept}>
          Issue another
        </Button>
        <LinkButton
          kind="primary"
          to="/b/$businessId/tokens/$tokenId"
          params={{ businessId, tokenId: token.id }}
        >
          Open the token
        </LinkButton>
      </div>
    </div>
  );
}
