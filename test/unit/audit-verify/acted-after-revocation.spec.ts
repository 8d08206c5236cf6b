import { randomUUID } from 'node:crypto';
import { inLogOrder } from '../../../src/audit/trail/audit-trail.js';
import type { AuditDraft } from '../../../src/audit/trail/audit-draft.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { SampleLog } from './sample-log.js';
import { failuresOf, verifyLines } from './verify-lines.js';

const [token, other] = [randomUUID(), randomUUID()];

/** What tokens did: `by` did it, and `revoked` is the token that it revoked. */
interface Deed {
  by: string;
  revoked?: string;
  outcome?: AuditEvent['outcome'];
}

function eventOf({ by, revoked, outcome = 'success' }: Deed) {
  const actor = { kind: 'user' as const, id: null, email: null, token_id: by };
  return revoked === undefined
    ? {
        actor,
        outcome,
        action: 'token.issued' as const,
        target: { kind: 'token' as const, id: randomUUID() },
      }
    : { actor, outcome, action: 'token.revoked' as const, target: { kind: 'token' as const, id: revoked } };
}

async function judged(...deeds: Deed[]): Promise<string[]> {
  const log = new SampleLog(deeds.length, undefined, undefined, (event) => ({
    ...event,
    ...eventOf(deeds[event.sequence - 1] as Deed),
  }));
  return failuresOf(await verifyLines(log, log.complete()));
}

describe('what a token did after its revocation', () => {
  it('is found, by whomever the log was signed', async () => {
    expect(await judged({ by: token }, { by: other, revoked: token }, { by: other }, { by: token })).toEqual([
      'acted_after_revocation 4-4',
    ]);
    expect(await judged({ by: token, revoked: token }, { by: token })).toEqual([
      'acted_after_revocation 2-2',
    ]);
  });

  it('is no fault when it was refused', async () => {
    expect(await judged({ by: other, revoked: token }, { by: token, outcome: 'denied' })).toEqual([]);
  });

  it('is no fault of a revocation that was refused, or is its own', async () => {
    expect(await judged({ by: other, revoked: token, outcome: 'denied' }, { by: token })).toEqual([]);
    expect(await judged({ by: token }, { by: token, revoked: token })).toEqual([]);
  });
});

describe('the events of one transaction', () => {
  const drafts = (...deeds: Deed[]): AuditDraft[] =>
    deeds.map((deed) => ({ ...eventOf(deed), businessId: null }) as unknown as AuditDraft);
  const order = (given: AuditDraft[]): number[] => inLogOrder(given).map((draft) => given.indexOf(draft));

  it('stand as they were made, but for the end of a token that did others of them', () => {
    const third = randomUUID();
    expect(order(drafts({ by: token }, { by: token, revoked: other }, { by: token }))).toEqual([0, 1, 2]);
    expect(
      order(drafts({ by: token, revoked: token }, { by: token, revoked: other }, { by: token })),
    ).toEqual([1, 2, 0]);
    expect(
      order(drafts({ by: third, revoked: other }, { by: other, revoked: token }, { by: token })),
    ).toEqual([2, 1, 0]);
  });

  it('cannot be those of tokens that revoke each other', () => {
    expect(() => inLogOrder(drafts({ by: token, revoked: other }, { by: other, revoked: token }))).toThrow(
      'cannot revoke each other',
    );
  });
});
