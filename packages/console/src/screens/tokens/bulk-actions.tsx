import { useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { revokeToken } from '../../api/generated/sdk.gen';
import type { Client } from '../../api/generated/client';
import { useApi, useBusinessId } from '../../api/session';
import { tokensInWords } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { Link } from '../../ui/link';
import { Progress } from '../../ui/progress';
import { ReasonField } from '../../ui/reason-field';
import { Notice } from '../../ui/states';
import { readPlanSearch } from '../revocation-plan/search';

/** So many are asked for at once: a business may make a hundred calls a second, one person half of them. */
const AT_ONCE = 4;
/** From so many on, the number has to be typed. */
const LARGE = 20;

interface BulkActionsProps {
  /** Ids of tokens. */
  selected: ReadonlySet<string>;
  /** The selection has been dealt with. */
  onDone: () => void;
}

/** What can be done with the selected tokens. */
export function BulkActions({ selected, onDone }: BulkActionsProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div
      role="toolbar"
      aria-label="Selected tokens"
      className="flex items-center gap-3 rounded-md bg-accent-ground px-3 py-1.5 text-sm"
    >
      <p role="status" className="grow">
        {tokensInWords(selected.size)} selected
      </p>
      <Button kind="quiet" onPress={onDone}>
        Select none
      </Button>
      <Button kind="danger" icon="revoke" onPress={() => setOpen(true)}>
        Revoke {tokensInWords(selected.size)}…
      </Button>
      {isOpen && (
        <RevokeSelected
          ids={[...selected]}
          onClose={(isAsked) => {
            setOpen(false);
            if (isAsked) onDone();
          }}
        />
      )}
    </div>
  );
}

interface Outcome {
  done: number;
  failed: readonly { id: string; problem: string }[];
}

function RevokeSelected({ ids, onClose }: { ids: readonly string[]; onClose: (isAsked: boolean) => void }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const isOver = outcome !== null && outcome.done + outcome.failed.length === ids.length;
  const close = () => {
    if (outcome !== null) void queries.invalidateQueries({ queryKey: [businessId] });
    onClose(outcome !== null);
  };
  async function revoke(reason: string): Promise<void> {
    setOutcome({ done: 0, failed: [] });
    await revokeEach(client, ids, reason, (id, problem) =>
      setOutcome((before) => {
        const { done, failed } = before ?? { done: 0, failed: [] };
        return problem === null ? { done: done + 1, failed } : { done, failed: [...failed, { id, problem }] };
      }),
    );
  }
  return (
    <Dialog
      title={`Revoke ${tokensInWords(ids.length)}`}
      role="alertdialog"
      isOpen
      onClose={close}
      isStaying={outcome !== null && !isOver}
    >
      {outcome === null ? (
        <AskForReason count={ids.length} onRevoke={(reason) => void revoke(reason)} onCancel={close} />
      ) : (
        <>
          <Progress label="Revoked, and refused everywhere" value={outcome.done} of={ids.length} />
          <Failures failed={outcome.failed} />
          <div className="flex justify-end">
            {/* Another button once it is over: that one takes the focus. */}
            <Button
              key={String(isOver)}
              kind="primary"
              onPress={close}
              isDisabled={!isOver}
              autoFocus={isOver}
            >
              Close
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function AskForReason({
  count,
  onRevoke,
  onCancel,
}: {
  count: number;
  onRevoke: (reason: string) => void;
  onCancel: () => void;
}) {
  const businessId = useBusinessId() ?? '';
  // What the list is filtered by is where a revocation of all that match begins.
  const filters = readPlanSearch(useSearch({ strict: false }));
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const isConfirmed = count < LARGE || typed.trim() === String(count);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isConfirmed && reason.trim() !== '') onRevoke(reason.trim());
      }}
    >
      <p>
        <strong className="font-semibold">{tokensInWords(count)}</strong> will be refused everywhere, one
        after the other, with a receipt each.
      </p>
      <p className="text-sm text-muted">
        To revoke all that match, with a preview of what that would hit, use{' '}
        <Link to="/b/$businessId/revocations/new" params={{ businessId }} search={filters as never}>
          Revoke many tokens
        </Link>
        .
      </p>
      <ReasonField value={reason} onChange={setReason} isRequired autoFocus />
      {count >= LARGE && (
        <Field
          label={`Type “${count}” to confirm`}
          autoComplete="off"
          className="max-w-40"
          value={typed}
          onChange={setTyped}
        />
      )}
      <p className="text-sm text-muted">There is no undo: a revoked token never becomes active again.</p>
      <div className="flex justify-end gap-2">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" kind="danger" isDisabled={!isConfirmed || reason.trim() === ''}>
          Revoke {tokensInWords(count)}
        </Button>
      </div>
    </form>
  );
}

function Failures({ failed }: { failed: Outcome['failed'] }) {
  const businessId = useBusinessId() ?? '';
  if (failed.length === 0) return null;
  return (
    <Notice tone="danger" title={`${tokensInWords(failed.length)} not revoked`}>
      <ul className="max-h-48 overflow-auto">
        {failed.map(({ id, problem }) => (
          <li key={id}>
            <Link to="/b/$businessId/tokens/$tokenId" params={{ businessId, tokenId: id }}>
              {id.slice(0, 8)}
            </Link>
            : {problem}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** A few at a time. @param onEach is told of each once, with what went wrong or null */
async function revokeEach(
  client: Client,
  ids: readonly string[],
  reason: string,
  onEach: (id: string, problem: string | null) => void,
): Promise<void> {
  const left = [...ids];
  async function work(): Promise<void> {
    for (let id = left.shift(); id !== undefined; id = left.shift())
      onEach(id, await revokeOne(client, id, reason));
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function revokeOne(client: Client, id: string, reason: string): Promise<string | null> {
  try {
    await revokeToken({ client, path: { token_id: id }, body: { reason } });
    return null;
  } catch (error) {
    return sentenceOf(error);
  }
}
