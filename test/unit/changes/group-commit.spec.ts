import { SYSTEM_CONTEXT } from '../../../src/audit/trail/audit-draft.js';
import { GroupCommit, type GroupLane } from '../../../src/changes/group-commit.js';
import { ROWS_HELD, type SharedWork } from '../../../src/changes/shared-work.js';
import { refusal } from '../../../src/common/errors/domain-error.js';
import { waitFor } from '../../support/wait-for.js';

const work: SharedWork<unknown, unknown> = {
  verifiers: 'wait',
  lane: 'ends',
  claims: () => [],
  run: () => Promise.reject(new Error('the lane of this test runs nothing')),
};

const failing = (code: string): Error => Object.assign(new Error(code), { code });
const LOCK_TIMEOUT = '55P03';

type Outcomes = Awaited<ReturnType<GroupLane['transact']>>;

describe('a group commit', () => {
  /** Each transaction: what is in it, and whether it waits for locks as long as it takes. */
  let transactions: string[];
  let turns: (string | null)[];
  /** What a transaction with these comes to; left out: all is made. */
  let comesTo: (inputs: string[], isPatient: boolean) => Outcomes | Promise<Outcomes> | undefined;
  let group: GroupCommit;

  const madeOf = (input: string): Outcomes[number] => ({
    result: `made ${input}`,
    transactionId: '1',
    restsOnEarlier: false,
    recorded: new Map(),
  });

  beforeEach(() => {
    transactions = [];
    turns = [];
    comesTo = () => undefined;
    group = new GroupCommit({
      stalled: 0,
      transact: async (requests, lockTimeoutMs) => {
        const inputs = requests.map(({ input }) => input as string);
        transactions.push(`${inputs.join(' ')} ${lockTimeoutMs ?? 'patient'}`);
        await new Promise(setImmediate);
        return (await comesTo(inputs, lockTimeoutMs === undefined)) ?? inputs.map(madeOf);
      },
      inTurn: (businessId, inTurn) => {
        turns.push(businessId);
        return inTurn();
      },
    });
  });

  /** Of `a1` the business is `a`. @returns what each is told, of those that are asked for in one turn of the event loop */
  const ask = (...inputs: string[]): Promise<unknown[]> =>
    Promise.all(
      inputs.map(async (input) => {
        try {
          const request = { work, author: SYSTEM_CONTEXT, businessId: input[0] as string, input };
          const done = await group.submit(request);
          return 'refusal' in done ? done.refusal.code : done.result;
        } catch (error) {
          return (error as { code?: string }).code ?? (error as Error).message;
        }
      }),
    );

  it('is one transaction for all that are asked for at once, which waits for locks for 200 ms', async () => {
    expect(await ask('a1', 'b1', 'c1')).toEqual(['made a1', 'made b1', 'made c1']);
    expect(transactions).toEqual(['a1 b1 c1 200']);
  });

  it('refuses only what is refused', async () => {
    comesTo = ([one, two]) => [
      { refusal: refusal('authentication.invalid'), transactionId: '1' },
      { refusal: refusal('token.not_found'), transactionId: '1' },
      madeOf(`beside ${one} and ${two}`),
    ];
    expect(await ask('a1', 'a2', 'a3')).toEqual([
      'authentication.invalid',
      'token.not_found',
      'made beside a1 and a2',
    ]);
  });

  it('makes apart what must not be in one transaction with another, with as little patience', async () => {
    comesTo = (inputs) => (inputs.length > 1 ? [madeOf('a1'), 'apart', 'apart'] : undefined);
    expect(await ask('a1', 'a2', 'b1')).toEqual(['made a1', 'made a2', 'made b1']);
    expect(transactions).toEqual(['a1 a2 b1 200', 'a2 200', 'b1 200']);
  });

  it('has whoever waits for rows that somebody holds wait alone, in their turn, and nobody behind them', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    comesTo = (inputs, isPatient) => {
      if (isPatient) return released.then(() => inputs.map(madeOf));
      return inputs.includes('a1') ? [ROWS_HELD, madeOf('b1')] : undefined;
    };
    const both = ask('a1', 'b1');
    await waitFor('one that waits', () => transactions.includes('a1 patient'));
    expect(await ask('a2', 'c1')).toEqual(['made a2', 'made c1']);
    release();
    expect(await both).toEqual(['made a1', 'made b1']);
    expect(turns).toEqual(['a']);
  });

  it('tries the others without a business whose log is held; its changes wait for it in one transaction', async () => {
    comesTo = (inputs, isPatient) =>
      !isPatient && inputs.some((input) => input.startsWith('a')) ? Promise.reject(failing(LOCK_TIMEOUT)) : undefined; // prettier-ignore
    expect(await ask('a1', 'b1', 'a2', 'c1')).toEqual(['made a1', 'made b1', 'made a2', 'made c1']);
    expect(transactions.slice(0, 3)).toEqual(['a1 b1 a2 c1 200', 'a1 a2 200', 'b1 200']);
    expect(transactions.slice(3).sort()).toEqual(['a1 a2 patient', 'c1 200']);
    expect(turns).toEqual(['a']);
    // Nobody waits for it any more.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    transactions = [];
    comesTo = () => undefined;
    await ask('a3', 'b3');
    expect(transactions).toEqual(['a3 b3 200']);
  });

  it('tries four businesses that are held, and no more of them in one go', async () => {
    comesTo = (_, isPatient) => (isPatient ? undefined : Promise.reject(failing(LOCK_TIMEOUT)));
    const asked = ['a1', 'b1', 'c1', 'd1', 'e1', 'f1'];
    expect(await ask(...asked)).toEqual(asked.map((input) => `made ${input}`));
    expect(transactions.filter((each) => each.endsWith('200'))).toEqual(['a1 b1 c1 d1 e1 f1 200', 'a1 200', 'b1 200', 'c1 200', 'd1 200']); // prettier-ignore
    expect(transactions.filter((each) => each.endsWith('patient'))).toHaveLength(6);
  });

  it('refuses all that waited for one log when it stays held, and one by one where it is a row', async () => {
    comesTo = (inputs, isPatient) => {
      if (!isPatient) return Promise.reject(failing(LOCK_TIMEOUT));
      if (inputs[0]?.startsWith('a') === true) return Promise.reject(refusal('audit.unwritable'));
      return inputs.includes('b2') ? Promise.reject(failing(LOCK_TIMEOUT)) : undefined;
    };
    expect(await ask('a1', 'a2')).toEqual(['audit.unwritable', 'audit.unwritable']);
    expect(await ask('b1', 'b2', 'b3')).toEqual(['made b1', LOCK_TIMEOUT, 'made b3']);
    expect(transactions.slice(-4)).toEqual(['b1 b2 b3 patient', 'b1 patient', 'b2 patient', 'b3 patient']);
  });

  it.each(['23505', '40001'])('repeats each alone after an error that may be one’s: %s', async (code) => {
    comesTo = (inputs) => (inputs.includes('a2') ? Promise.reject(failing(code)) : undefined);
    expect(await ask('a1', 'a2', 'b1')).toEqual(['made a1', code, 'made b1']);
    expect(transactions).toEqual(['a1 a2 b1 200', 'a1 200', 'a2 200', 'b1 200']);
  });

  it('repeats nothing whose outcome is unknown', async () => {
    comesTo = () => Promise.reject(failing('57P01'));
    expect(await ask('a1', 'b1')).toEqual(['57P01', '57P01']);
    expect(transactions).toEqual(['a1 b1 200']);
  });
});
