import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { listSessions, revokeSession } from '../../api/generated/sdk.gen';
import type { SessionDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId, useMay, useSession } from '../../api/session';
import { usePages } from '../../api/use-pages';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { Page } from '../../ui/page';
import { PagesView } from '../../ui/pages-view';
import { SignedReceipt } from '../../ui/signed-receipt';
import { Empty, Forbidden, Notice } from '../../ui/states';
import { Table } from '../../ui/table';
import { signOut } from '../../shell/leave';
import { COLUMNS } from './columns';
import { SessionDialog } from './session-dialog';

const PAGE = 100;

/** Who is signed in: the reader's own sessions, and for those who may see them all of the business. */
export default function SessionsScreen() {
  const client = useApi();
  const businessId = useBusinessId();
  const may = useMay();
  const me = useSession();
  const cache = useQueryClient();
  const key = [businessId ?? 'platform', 'sessions'];
  const mayRead = may('rescind:tokens:read');
  const pages = usePages(mayRead ? key : [...key, 'own'], ({ query, signal }) =>
    listSessions({ client, query, signal }),
  );
  const [opened, setOpened] = useState<SessionDto | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [told, setTold] = useState<{ text: string; sessionId?: string } | null>(null);
  const others = useMemo(() => pages.items.filter((session) => isMine(session, me)), [pages.items, me]);
  const endOthers = useMutation({
    mutationFn: async () => {
      const all = await allMine(clientOf(businessId), me);
      const reason = 'signed out everywhere else';
      for (const { id } of all) await revokeSession({ client, path: { session_id: id }, body: { reason } });
      return all.length;
    },
    onSuccess: (count) => {
      setAsking(false);
      setTold({
        text: `${count} other ${count === 1 ? 'session is' : 'sessions are'} refused everywhere now.`,
      });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: key }),
  });
  if (!mayRead) return <Forbidden>Your role does not allow to list sessions.</Forbidden>;
  return (
    <Page
      title="Sessions"
      isFilling
      lead="Who is signed in here in a browser, and until when."
      actions={
        others.length > 0 &&
        may('rescind:tokens:write') && (
          <Button icon="sign-out" onPress={() => setAsking(true)}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      {told !== null && (
        <Notice
          tone="good"
          action={
            told.sessionId !== undefined && (
              <SignedReceipt of="session" id={told.sessionId} file={`session-${told.sessionId}`} />
            )
          }
        >
          {told.text}
        </Notice>
      )}
      <PagesView
        pages={pages}
        label="Reading sessions"
        empty={<Empty icon="session" title="Nobody is signed in" />}
      >
        <Table
          label="Sessions"
          isFilling
          columns={COLUMNS}
          items={pages.items}
          idOf={({ id }) => id}
          nameOf={({ person }) => person.name}
          onOpen={setOpened}
          onMore={pages.readMore}
          isReadingMore={pages.isReadingMore}
        />
      </PagesView>
      {opened !== null && (
        <SessionDialog
          session={opened}
          mayRevoke={opened.current || may('rescind:tokens:write')}
          onClose={() => setOpened(null)}
          onRevoked={(session, seconds) => {
            setOpened(null);
            setTold({
              text: `The session of ${session.person.name} was refused everywhere after ${seconds} s.`,
              sessionId: session.id,
            });
            void cache.invalidateQueries({ queryKey: key });
          }}
          onSignOut={() => void signOut()}
        />
      )}
      <Confirm
        title="Sign out everywhere else"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        action="Sign out the others"
        undo="It cannot be undone; whoever was signed in there signs in again."
        isPending={endOthers.isPending}
        error={endOthers.error === null ? null : sentenceOf(endOthers.error)}
        onConfirm={() => endOthers.mutate()}
      >
        <p>
          {others.length} other {others.length === 1 ? 'session' : 'sessions'} of{' '}
          <bdi className="font-medium">{me.person.name}</bdi> will be refused everywhere at once. This one
          stays.
        </p>
      </Confirm>
    </Page>
  );
}

/** A session of the same person, other than this one. */
function isMine({ current, person }: SessionDto, me: SessionDto): boolean {
  return (
    !current && person.kind === me.person.kind && person.id === me.person.id && person.name === me.person.name
  );
}

async function allMine(client: ReturnType<typeof clientOf>, me: SessionDto): Promise<SessionDto[]> {
  const mine: SessionDto[] = [];
  for (let cursor: string | undefined; ;) {
    const { items, next_cursor } = await listSessions({ client, query: { limit: PAGE, cursor } });
    mine.push(...items.filter((session) => isMine(session, me)));
    if (next_cursor === null) return mine;
    cursor = next_cursor;
  }
}
