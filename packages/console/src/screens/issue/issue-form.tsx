import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems, isOfFields } from '../../api/field-problems';
import { issueToken } from '../../api/generated/sdk.gen';
import { useIdempotencyKey } from '../../api/idempotency';
import { useIdentities, useMembers } from '../../api/people';
import type { Role } from '../../api/roles';
import { useApi, useBusinessId, useSession } from '../../api/session';
import { AddressesField } from '../../ui/addresses-field';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { LinkButton } from '../../ui/link';
import { MetadataField } from '../../ui/metadata-field';
import { Section } from '../../ui/page';
import { Notice } from '../../ui/states';
import { draftProblems, NEW_DRAFT, requestFrom, type Draft } from './draft';
import type { IssuedSecret } from './issued';
import { LifetimeField } from './lifetime-field';
import { OwnerField } from './owner-field';
import { ScopePicker } from './scope-picker';
import { useTokenPolicy } from './use-token-policy';

const FIELDS = [
  'name',
  'description',
  'owner_email',
  'identity_id',
  'scopes',
  'expires_in_days',
  'trusted_ips',
  'external_id',
  'metadata',
];

/** Asks for what a token is to be. What is wrong is said when it is asked for, and then as it is typed. */
export function IssueForm({ onIssued }: { onIssued: (issued: IssuedSecret) => void }) {
  const businessId = useBusinessId() ?? '';
  const form = useRef<HTMLFormElement>(null);
  const policy = useTokenPolicy();
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT);
  const [isAsked, setAsked] = useState(false);
  const issue = useIssue(draft, onIssued);
  const change = (changed: Partial<Draft>) => {
    setDraft({ ...draft, ...changed });
    issue.reset();
  };
  const missing = draftProblems(draft, policy.lifetimeDaysMax);
  const problems = isAsked ? { ...fieldProblems(issue.error), ...missing } : {};
  const role = useOwnerRole(draft);
  function ask(): void {
    setAsked(true);
    if (Object.keys(missing).length === 0) issue.mutate();
    else
      setTimeout(() =>
        form.current?.querySelector<HTMLElement>('[data-invalid] input, textarea[data-invalid]')?.focus(),
      );
  }
  return (
    <form
      ref={form}
      noValidate
      className="grid max-w-5xl grid-cols-1 items-start gap-5 lg:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <div className="flex flex-col gap-5">
        <Section title="What it is for">
          <Field
            label="Name"
            description="For people: what the token is used for."
            placeholder="deploy pipeline"
            isRequired
            autoFocus
            maxLength={255}
            autoComplete="off"
            value={draft.name}
            onChange={(name) => change({ name })}
            error={problems['name']}
          />
          <Field
            label="Description"
            rows={2}
            maxLength={1024}
            value={draft.description}
            onChange={(description) => change({ description })}
            error={problems['description']}
          />
          <OwnerField
            owner={draft.owner}
            onChange={(owner) => change({ owner })}
            problem={problems['owner_email'] ?? problems['identity_id']}
          />
        </Section>
        <Section title="How long it lives">
          <LifetimeField
            lifetime={draft.lifetime}
            policy={policy}
            onChange={(lifetime) => change({ lifetime })}
            problem={problems['expires_in_days']}
          />
        </Section>
        <Section title="From where it may be used">
          <AddressesField
            value={draft.addresses}
            onChange={(addresses) => change({ addresses })}
            error={problems['trusted_ips']}
          />
        </Section>
        <Section title="For your product">
          <Field
            label="External id"
            description="Your own id for whom or what it is for, such as a customer. Part of verdicts; tokens can be found by it."
            placeholder="customer-4711"
            maxLength={255}
            autoComplete="off"
            value={draft.externalId}
            onChange={(externalId) => change({ externalId })}
            error={problems['external_id']}
          />
          <MetadataField
            value={draft.metadata}
            onChange={(metadata) => change({ metadata })}
            error={problems['metadata']}
          />
        </Section>
      </div>
      <div className="flex flex-col gap-5">
        <Section title="What it may do">
          <ScopePicker
            ownerRole={role}
            chosen={draft.scopes}
            onChange={(scopes) => change({ scopes })}
            problem={problems['scopes']}
          />
        </Section>
        {issue.error !== null && !isOfFields(issue.error, FIELDS) && (
          <Notice tone="danger" title="Nothing was issued">
            {sentenceOf(issue.error)}
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <LinkButton to="/b/$businessId/tokens" params={{ businessId }}>
            Cancel
          </LinkButton>
          <Button type="submit" kind="primary" isPending={issue.isPending}>
            Issue the token
          </Button>
        </div>
      </div>
    </form>
  );
}

/** The call; its answer goes to `onIssued` and is kept nowhere else. */
function useIssue(draft: Draft, onIssued: (issued: IssuedSecret) => void) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const keyFor = useIdempotencyKey();
  return useMutation({
    mutationFn: async () => {
      const body = requestFrom(draft);
      const { token: secret, token_info: token } = await issueToken({
        client,
        body,
        headers: { 'idempotency-key': keyFor(body) },
      });
      void queries.invalidateQueries({ queryKey: [businessId] });
      onIssued({ secret, token, askedDays: body.expires_in_days ?? null });
    },
  });
}

/** The role that limits what the token may do; null: not known. */
function useOwnerRole({ owner }: Draft): Role | 'none' | null {
  const { role } = useSession();
  const members = useMembers(owner.kind === 'member');
  const identities = useIdentities(owner.kind === 'identity');
  if (owner.kind === 'self') return role === 'platform' ? 'owner' : role;
  if (owner.kind === 'member')
    return members.find(({ email }) => email === owner.email.trim().toLowerCase())?.role ?? null;
  return identities.find(({ id }) => id === owner.id)?.role ?? null;
}
