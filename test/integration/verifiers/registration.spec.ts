import { Registration } from '../../../src/lease/registration.js';
import { parseSnapshot } from '../../../src/lease/snapshot.js';
import { processClock } from '../../../src/verifiers/monotonic.js';
import { VerifierSession } from '../../../src/verifiers/verifier-session.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

const LEASE_MS = 1000;
const DURABLE = true;
const nothing = (): void => undefined;

describe('a registration is confirmed by its holder alone, and only where it was made', () => {
  let database: TestDatabase;
  const sessions: VerifierSession[] = [];
  const open = async (): Promise<VerifierSession> => {
    const session = await VerifierSession.open({
      url: database.url,
      variable: 'DATABASE_URL',
      role: undefined,
      synchronousCommit: 'on',
      pooler: false,
      timeoutMs: 5000,
      listener: { onNotification: nothing, onEnd: nothing },
    });
    sessions.push(session);
    return session;
  };
  /** As a process whose machine was copied while it ran. */
  const cloneOf = (registration: Registration): Registration =>
    Object.assign(Object.create(Registration.prototype) as Registration, registration);

  beforeAll(async () => void (database = await freshDatabase()));
  afterAll(async () => {
    for (const session of sessions) session.drop();
    await database.drop();
  });

  it('of two verifiers under one name, one goes on and the other starts over', async () => {
    const [here, there] = [await open(), await open()];
    const original = await Registration.make(here, processClock, LEASE_MS, null);
    const clone = cloneOf(original);
    const rounds = await Promise.all([
      original.beat(here, DURABLE, nothing),
      clone.beat(there, DURABLE, nothing),
    ]);
    expect(rounds.filter((round) => round === null)).toHaveLength(1);
    const [winner, loser] = rounds[0] === null ? [clone, original] : [original, clone];
    expect(await loser.beat(there, DURABLE, nothing)).toBeNull();
    expect(await winner.beat(here, DURABLE, nothing)).not.toBeNull();
  });

  it.each([
    ['whose feed is behind what was read', { applied: parseSnapshot('4000000000:4000000000:') }],
    ['that was started at another time', { serverRun: '0' }],
  ])('a server %s is not trusted with it', async (_, otherwise) => {
    const session = await open();
    const registration = await Registration.make(session, processClock, LEASE_MS, null);
    Object.assign(registration, otherwise);
    expect(await registration.beat(session, DURABLE, nothing)).toBeNull();
  });

  describe('made after another one', () => {
    const LATE = 4_000_000_000n;
    const OTHER_RUN = { serverRun: 'after a crash' };
    const ofSystem = (system: string) => ({ database: { ...former.database, system } });
    const onTimeline = (timeline: string) => ({ database: { ...former.database, timeline } });
    let session: VerifierSession;
    /** In its third round, of which the first is the last that was committed for good. */
    let former: Registration;
    beforeEach(async () => {
      session = await open();
      former = await Registration.make(session, processClock, LEASE_MS, null);
      for (const durable of [DURABLE, !DURABLE, !DURABLE]) await former.beat(session, durable, nothing);
    });
    const nothingElse = () => Promise.resolve();
    const setRound = (round: number) =>
      sql(database.superuserUrl, `UPDATE verifiers SET round = ${round} WHERE id = '${former.id}'`);
    const expel = () => sql(database.superuserUrl, `DELETE FROM verifiers WHERE id = '${former.id}'`);
    const followsSetBack = async (otherwise: object): Promise<boolean> =>
      (await Registration.make(session, processClock, LEASE_MS, Object.assign(former, otherwise)))
        .followsSetBack;

    it.each<[string, () => object, () => Promise<unknown>]>([
      ['that is there as it was', () => ({}), nothingElse],
      ['that was expelled', () => ({}), expel],
      ['that somebody else has used', () => ({}), () => setRound(4)],
      ['of which a crash lost the confirmations', () => OTHER_RUN, () => setRound(1)],
      [
        'behind whose last durable round a crash gave out ids anew',
        () => ({ ...OTHER_RUN, applied: parseSnapshot(`${LATE}:${LATE}:`) }),
        nothingElse,
      ],
      ['on an earlier timeline', () => onTimeline('00000000'), nothingElse],
      [
        'of another server, which counts otherwise',
        () => ({ ...OTHER_RUN, ...ofSystem('another'), durable: { round: 1, xmax: LATE } }),
        nothingElse,
      ],
    ])('it follows no restore: %s', async (_, otherwise, meanwhile) => {
      await meanwhile();
      expect(await followsSetBack(otherwise())).toBe(false);
    });

    it.each<[string, () => object, () => Promise<unknown>]>([
      ['in an earlier round, on the same run', () => ({}), () => setRound(2)],
      ['in a round before the last durable one', () => OTHER_RUN, () => setRound(0)],
      [
        'that is not there, on the same run, where ids go back',
        () => ({ applied: parseSnapshot(`${LATE}:${LATE}:`) }),
        expel,
      ],
      [
        'before whose last durable round ids are given out anew',
        () => ({ ...OTHER_RUN, durable: { round: 1, xmax: LATE } }),
        expel,
      ],
      ['on a later timeline', () => ({ ...OTHER_RUN, ...onTimeline('0000000A') }), expel],
    ])('it follows a restore: %s', async (_, otherwise, meanwhile) => {
      await meanwhile();
      expect(await followsSetBack(otherwise())).toBe(true);
    });

    it('it follows a restore that was seen by a reading, whatever has come since', async () => {
      const { applied } = former;
      Object.assign(former, { applied: parseSnapshot(`${LATE}:${LATE}:`) });
      expect(await former.peek(session, nothing)).toBeNull();
      expect(await followsSetBack({ applied })).toBe(true);
    });
  });
});
