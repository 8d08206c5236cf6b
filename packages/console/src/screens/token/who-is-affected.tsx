import { useQuery } from '@tanstack/react-query';
import { getTokenUsage } from '../../api/generated/sdk.gen';
import type { TokenInfoDto, TokenUsageDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId } from '../../api/session';
import { sentenceOf } from '../../api/errors';
import { Facts, None, type Fact } from '../../ui/page';
import { Time } from '../../ui/time';

const SHOWN_MAX = 4;

/** Who would be refused: what a token was used for in the last 24 hours, and from where. */
export function WhoIsAffected({ token }: { token: TokenInfoDto }) {
  const client = useApi();
  const businessId = useBusinessId();
  const usage = useQuery({
    queryKey: [businessId, 'token', token.id, 'usage', 'last-day'],
    queryFn: ({ signal }) => getTokenUsage({ client, path: { token_id: token.id }, signal }),
  });
  const lastUse: Fact = {
    name: 'Last used',
    value: token.last_used_at === null ? <None>never</None> : <Time at={token.last_used_at} />,
  };
  return (
    <section aria-label="Who is affected" className="rounded-md bg-sunken px-3 py-2.5">
      <Facts
        facts={
          usage.data === undefined
            ? [
                {
                  name: 'Last 24 hours',
                  value: <None>{usage.error === null ? 'reading…' : sentenceOf(usage.error)}</None>,
                },
                lastUse,
              ]
            : [...factsOf(usage.data), lastUse]
        }
      />
    </section>
  );
}

function factsOf({ recording, verdicts, addresses, user_agents: agents }: TokenUsageDto): Fact[] {
  if (recording === 'off') return [{ name: 'Last 24 hours', value: <None>Usage is not recorded here</None> }];
  const { active } = verdicts;
  const facts: Fact[] = [
    {
      name: 'Last 24 hours',
      value:
        active === 0 ? (
          <None>no request would have been refused</None>
        ) : (
          <strong className="font-semibold">
            {active.toLocaleString()} request{active === 1 ? '' : 's'} would have been refused
          </strong>
        ),
    },
  ];
  if (addresses.length > 0)
    facts.push({
      name: 'From',
      value: <SeenList names={addresses.map(({ address, last_seen_at: at }) => ({ name: address, at }))} />,
    });
  if (agents.length > 0)
    facts.push({
      name: 'By',
      value: <SeenList names={agents.map(({ user_agent: name, last_seen_at: at }) => ({ name, at }))} />,
    });
  return facts;
}

function SeenList({ names }: { names: readonly { name: string; at: string }[] }) {
  const rest = names.length - SHOWN_MAX;
  return (
    <ul>
      {names.slice(0, SHOWN_MAX).map(({ name, at }) => (
        <li key={name} className="flex gap-2">
          <bdi className="min-w-0 truncate">{name}</bdi>
          <Time at={at} className="shrink-0 text-muted" />
        </li>
      ))}
      {rest > 0 && <li className="text-muted">and {rest} more</li>}
    </ul>
  );
}
