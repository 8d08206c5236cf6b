import { useState } from 'react';
import { useIdentities, useMembers } from '../../api/people';
import { managesAllTokens, reachesUpTo } from '../../api/roles';
import { useBusinessId, useSession } from '../../api/session';
import { Button } from '../../ui/button';
import { Combo } from '../../ui/combo';
import { Choices, Field, type Choice } from '../../ui/field';
import { FilterField } from '../../ui/filter-panel';
import { parseLocalTime, writtenMoment } from '../../ui/moment-field';
import { ReasonField } from '../../ui/reason-field';
import { Select } from '../../ui/select';
import { Notice } from '../../ui/states';
import { FILTERS } from '../tokens/filters';
import type { Aim, PlanSearch } from './search';
import { planProblem } from './terms';

interface AimFormProps {
  search: PlanSearch;
  reason: string;
  isPending: boolean;
  /** Why the last preview could not be made. */
  problem: string | null;
  onChange: (search: PlanSearch) => void;
  onReason: (reason: string) => void;
  onPreview: () => void;
}

/** Which tokens are meant, and why. Nothing is revoked here. */
export function AimForm({ search, reason, isPending, problem, onChange, onReason, onPreview }: AimFormProps) {
  const [isAsked, setAsked] = useState(false);
  const choices = useAims();
  const missing = planProblem(search, reason);
  const said = isAsked && missing !== null ? missing : problem;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (missing === null) onPreview();
      }}
    >
      <Choices
        label="Which tokens"
        value={search.aim ?? ''}
        onChange={(aim) => onChange({ aim: aim as Aim })}
        choices={choices}
      />
      <AboutField search={search} onChange={onChange} />
      {search.aim === 'match' && <Filters search={search} onChange={onChange} />}
      {search.aim !== undefined && search.aim !== 'match' && (
        <Field
          label="Only what was issued until"
          description="Left empty: everything that was issued until now."
          type="datetime-local"
          className="max-w-64"
          value={writtenMoment(search.until ?? '')}
          onChange={(local) => onChange(changed(search, 'until', parseLocalTime(local)))}
        />
      )}
      <ReasonField value={reason} onChange={onReason} isRequired />
      {said !== null && <Notice tone="danger">{said}</Notice>}
      <div className="flex items-center justify-between gap-4">
        <p className="text-sm text-muted">A preview revokes nothing.</p>
        <Button type="submit" kind="primary" isPending={isPending}>
          Show what that would revoke
        </Button>
      </div>
    </form>
  );
}

/** What the role may aim at. */
function useAims(): Choice<string>[] {
  const businessId = useBusinessId();
  const { role, person } = useSession();
  if (businessId === null)
    return [
      { value: 'pepper', label: 'Everything under one pepper', description: 'When a pepper has leaked' },
      {
        value: 'platform',
        label: 'Every token everywhere',
        description: 'Of every business and of the platform, your own session included',
      },
    ];
  const match = { value: 'match', label: 'The tokens that match', description: 'By scope, use, age, name …' };
  if (!managesAllTokens(role))
    return [
      person.kind === 'identity'
        ? { value: 'identity', label: 'All tokens of this identity' }
        : { value: 'member', label: 'All your tokens' },
      { ...match, label: 'Those of your tokens that match' },
    ];
  return [
    { value: 'member', label: 'All tokens of a member' },
    { value: 'identity', label: 'All tokens of a machine identity' },
    match,
    ...(reachesUpTo(role, 'owner')
      ? [{ value: 'business', label: 'Every token of the business', description: 'Yours included' }]
      : []),
  ];
}

function AboutField({ search, onChange }: { search: PlanSearch; onChange: (search: PlanSearch) => void }) {
  const { role } = useSession();
  const { aim, about = '' } = search;
  const mayChoose = managesAllTokens(role);
  const members = useMembers(mayChoose && aim === 'member');
  const identities = useIdentities(mayChoose && aim === 'identity');
  const change = (value: string) => onChange(changed(search, 'about', value));
  if (aim === 'pepper')
    return (
      <Field
        label="Id of the pepper"
        mono
        className="max-w-64"
        maxLength={8}
        value={about}
        onChange={change}
      />
    );
  if (aim === 'member' && mayChoose)
    return (
      <Combo
        label="Member"
        placeholder="ada@example.com"
        options={members
          .filter((member) => reachesUpTo(role, member.role))
          .map(({ email, name, role: theirs }) => ({
            value: email,
            label: email,
            description: `${name}, ${theirs}`,
          }))}
        value={about}
        onChange={change}
      />
    );
  if (aim === 'identity' && mayChoose)
    return (
      <Select
        label="Machine identity"
        options={identities
          .filter((identity) => reachesUpTo(role, identity.role))
          .map(({ id, name, description }) => ({
            value: id,
            label: name,
            description: description ?? undefined,
          }))}
        value={about}
        onChange={change}
      />
    );
  return null;
}

function Filters({ search, onChange }: { search: PlanSearch; onChange: (search: PlanSearch) => void }) {
  return (
    <div className="grid grid-cols-1 gap-x-6 gap-y-4 rounded-md border border-line p-4 sm:grid-cols-3">
      <Field
        label="Name contains"
        autoComplete="off"
        value={search['name'] ?? ''}
        onChange={(name) => onChange(changed(search, 'name', name))}
      />
      <Select
        label="Status"
        options={[
          { value: '', label: 'not revoked' },
          { value: 'active', label: 'active' },
          { value: 'expired', label: 'expired' },
        ]}
        value={search['status'] ?? ''}
        onChange={(status) => onChange(changed(search, 'status', status))}
      />
      <span className="hidden sm:block" />
      {FILTERS.map(({ title, filters }) => (
        <fieldset key={title} className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-xs font-semibold text-muted">{title}</legend>
          {filters.map((filter) => (
            <FilterField
              key={filter.key}
              filter={filter}
              word={search[filter.key] ?? ''}
              onChange={(word) => onChange(changed(search, filter.key, word))}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

function changed(search: PlanSearch, key: string, word: string): PlanSearch {
  return { ...search, [key]: word === '' ? undefined : word };
}
