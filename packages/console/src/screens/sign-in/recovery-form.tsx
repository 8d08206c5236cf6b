import { useState, type FormEvent } from 'react';
import { clientOf } from '../../api/client';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { sentenceOfRefusal } from './sentences';

/** For when the provider does not work and no token is at hand. */
export function RecoveryForm({ target }: { target: string }) {
  const [business, setBusiness] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isPending || business.trim() === '' || code.trim() === '') return;
    setPending(true);
    setProblem(null);
    try {
      await clientOf(null).post({
        url: '/sign-in/recovery',
        headers: { 'content-type': 'application/json' },
        body: { business: business.trim(), code: code.trim() },
      });
      location.replace(target);
    } catch (error) {
      setProblem(sentenceOfRefusal(error, 'code'));
      setPending(false);
    }
    setCode('');
  }

  return (
    <details className="border-t border-line pt-4 text-sm">
      <summary className="cursor-pointer text-muted">With a recovery code</summary>
      <form onSubmit={(event) => void signIn(event)} className="mt-3 flex flex-col gap-3">
        <Field
          label="Business"
          description="Its short name or id"
          autoComplete="off"
          value={business}
          onChange={setBusiness}
        />
        <Field
          label="Recovery code"
          mono
          type="password"
          autoComplete="off"
          value={code}
          onChange={setCode}
          error={problem}
          description="Good once. Its use is recorded in the audit log and shown to everybody who reads it."
        />
        <Button type="submit" isPending={isPending}>
          Sign in with the code
        </Button>
      </form>
    </details>
  );
}
