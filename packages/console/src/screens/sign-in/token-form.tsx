import { useState, type FormEvent } from 'react';
import { clientOf } from '../../api/client';
import { openSession } from '../../api/generated/sdk.gen';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { sentenceOfRefusal } from './sentences';

/** What surrounds a token that was copied: no token contains it. */
const AROUND = /^[\s"']+|[\s"']+$/g;

/**
 * Exchanges a token for a session. The token is in the field and in one request, and nowhere else: the page that follows
 * is loaded anew.
 */
export function TokenForm({ target, isMain }: { target: string; isMain: boolean }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault();
    const presented = token.replace(AROUND, '');
    if (isPending || presented === '') return;
    setPending(true);
    setProblem(null);
    try {
      await openSession({ client: clientOf(null), headers: { authorization: `Bearer ${presented}` } });
      location.replace(target);
    } catch (error) {
      setProblem(sentenceOfRefusal(error, 'token'));
      setPending(false);
    }
    setToken('');
  }

  return (
    <form onSubmit={(event) => void signIn(event)} className="flex flex-col gap-3">
      <Field
        label="Token"
        type="password"
        mono
        autoComplete="off"
        autoFocus={isMain}
        value={token}
        onChange={setToken}
        error={problem}
        description="It is exchanged for a session and not kept in the browser."
      />
      <Button type="submit" kind={isMain ? 'primary' : 'secondary'} isPending={isPending}>
        Sign in with a token
      </Button>
    </form>
  );
}
