import { aMember, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { holdsLease, outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse, tokensGoodAgain } from './house.js';

const LIMIT_MS = 300_000;
/** No pass but the one at the start: what is found here is found by who looks. */
const NO_PASSES = { RESCIND_SEAL_MS: '600000' };
const PLATFORM_LOG = '00000000-0000-0000-0000-000000000000';

interface Group {
  log: TestBusiness;
  token: TestToken;
  /** Under which it is cut off. */
  subject: string;
  selector: object;
  /** Of the column that says so. */
  row: string;
}

const GROUPS: [string, (house: TamperedHouse) => Promise<Group>][] = [
  [
    'a business',
    async (house) => {
      const log = await house.aLog(1);
      const row = `businesses WHERE id = '${log.id}'`;
      return { log, token: log.tokens[0]!, subject: log.id, selector: { business: true }, row };
    },
  ],
  [
    'a member',
    async (house) => {
      const log = await house.aLog(0);
      const member = await aMember(log);
      const row = `members WHERE id = '${member.id}'`;
      const token = await aToken(log, { member });
      return { log, token, subject: member.id, selector: { owner: member.email }, row };
    },
  ],
  [
    'an identity',
    async (house) => {
      const log = await house.aLog(0);
      const { id } = await anIdentity(log);
      const row = `identities WHERE id = '${id}'`;
      return {
        log,
        token: await aToken(log, { identityId: id }),
        subject: id,
        selector: { identity: id },
        row,
      };
    },
  ],
];

const set = (row: string, to: string): string => row.replace(' WHERE', ` SET not_before = ${to} WHERE`);

const WAYS: [string, (group: Group) => string][] = [
  ['lowered', ({ row }) => `UPDATE ${set(row, `not_before - interval '1 day'`)}`],
  [
    'taken away with its row',
    ({ row, subject }) => `UPDATE ${set(row, 'NULL')}; DELETE FROM revocations WHERE subject = '${subject}'`,
  ],
  [
    'moved to somebody else with its row',
    ({ row, subject }) =>
      `UPDATE ${set(row, 'NULL')}; UPDATE revocations SET subject = gen_random_uuid() WHERE subject = '${subject}'`,
  ],
];

async function cutOff({ log, selector }: Group): Promise<void> {
  const { status, body } = await log.api.post('/api/v1/revocations', { selector, reason: 'stolen' });
  expect(status).toBe(201);
  await waitFor('all to be marked', async () => {
    const answer = await log.api.get(`/api/v1/revocations/${body.id}`);
    return answer.body.state === 'done';
  });
}

describe('whoever looks up a token whose cut-off was', () => {
  let house: TamperedHouse;
  beforeAll(async () => {
    house = await TamperedHouse.start(NO_PASSES);
    await waitFor('a lease', () => holdsLease(house.app));
  });
  afterAll(() => house?.end());

  const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
    outcomeOf(await verify(house.app, log, token));

  describe.each(WAYS)('%s', (_, attack) => {
    it.each(GROUPS)(
      'of %s: is told that it is revoked, and the alarm is raised',
      async (__, make) => {
        const group = await make(house);
        const { log, token, subject } = group;
        await cutOff(group);
        await house.tamper(`${tokensGoodAgain([token.id])}; ${attack(group)}`);
        expect(await outcome(log, token)).toBe('revoked');
        await house.alarm('cut_off_differs', log.id);
        const open = await house.rows('SELECT FROM integrity_faults WHERE fault = $1 AND subject = $2', [
          'cut_off_differs',
          subject,
        ]);
        expect(open).toHaveLength(1);
      },
      LIMIT_MS,
    );
  });

  it(
    'lowered, and that was issued behind the cut-off: is refused while the fault is open, like the rest of its group',
    async () => {
      const [, make] = GROUPS[1]!;
      const group = await make(house);
      await cutOff(group);
      const later = await aToken(group.log, {
        member: { id: group.subject, email: (group.selector as { owner: string }).owner, role: 'developer' },
      });
      await waitFor('it to be good', async () => (await outcome(group.log, later)) === 'active');
      await house.tamper(`UPDATE ${set(group.row, 'NULL')}; ${tokensGoodAgain([group.token.id])}`);
      expect(await outcome(group.log, group.token)).toBe('revoked');
      await waitFor('it to be forgotten', async () => (await outcome(group.log, later)) === 'revoked');
    },
    LIMIT_MS,
  );

  it(
    'lowered: cannot rotate it into one that is good',
    async () => {
      const [, make] = GROUPS[1]!;
      const group = await make(house);
      await cutOff(group);
      await house.tamper(`${tokensGoodAgain([group.token.id])}; UPDATE ${set(group.row, 'NULL')}`);
      const { status } = await group.log.api.post(`/api/v1/tokens/${group.token.id}/rotate`, {});
      expect(status).toBe(409);
    },
    LIMIT_MS,
  );

  it(
    'left alone, and its row alone deleted: can still revoke it by itself, and others with it',
    async () => {
      const [, make] = GROUPS[1]!;
      const group = await make(house);
      const other = await aToken(group.log);
      await cutOff(group);
      await house.tamper(
        `${tokensGoodAgain([group.token.id])}; DELETE FROM revocations WHERE subject = '${group.subject}'`,
      );
      const answers = await Promise.all(
        [group.token, other].map(({ id }) => group.log.api.post(`/api/v1/tokens/${id}/revoke`, {})),
      );
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(await outcome(group.log, group.token)).toBe('revoked');
    },
    LIMIT_MS,
  );

  it(
    'invented by hand: is told that it is revoked, and the alarm is raised',
    async () => {
      const log = await house.aLog(1);
      await house.tamper(`UPDATE businesses SET not_before = now() WHERE id = '${log.id}'`);
      expect(await outcome(log, log.tokens[0]!)).toBe('revoked');
      await house.alarm('cut_off_differs', log.id);
    },
    LIMIT_MS,
  );
});

describe('a cut-off of all that there is, or of a pepper, that is taken away', () => {
  it.each([
    ['platform', { platform: true }, 'UPDATE platform_not_before SET not_before = NULL'],
    ['platform, with the row that would say so,', { platform: true }, 'DELETE FROM platform_not_before'],
    ['pepper', { pepper: 'p1' }, 'UPDATE peppers SET not_before = NULL'],
  ])(
    '%s: lets no token be good again',
    async (_, selector, attack) => {
      const house = await TamperedHouse.start(NO_PASSES);
      try {
        const log = await house.aLog(1);
        const [token] = log.tokens as [TestToken];
        const [pepper] = await house.rows<{ id: string }>('SELECT id FROM peppers');
        const asked = 'pepper' in selector ? { pepper: pepper!.id } : selector;
        const { status } = await log.api.post('/api/v1/admin/revocations', {
          selector: asked,
          reason: 'stolen',
        });
        expect(status).toBe(201);
        await waitFor('all to be marked', async () => {
          const rows = await house.rows(`SELECT FROM revocations WHERE state = 'done'`);
          return rows.length > 0;
        });
        const tokens = await house.rows<{ id: string }>('SELECT id FROM tokens');
        await house.tamper(
          `${tokensGoodAgain(tokens.map(({ id }) => id))}; ${attack}; DELETE FROM revocations`,
        );
        expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
        expect((await log.api.get('/api/v1/tokens')).status).toBe(401);
        await house.alarm('cut_off_differs', PLATFORM_LOG);
      } finally {
        await house.end();
      }
    },
    LIMIT_MS,
  );
});

describe('a cut-off that is taken away with all that is compared with it', () => {
  it(
    'is found by the passes of a sealing period, and its entry in the register is written again',
    async () => {
      const house = await TamperedHouse.start();
      try {
        const [, make] = GROUPS[1]!;
        const group = await make(house);
        const { log, token, subject, row } = group;
        await cutOff(group);
        await house.sealed(log.id);
        await house.tamper(
          `UPDATE ${set(row, 'NULL')}; DELETE FROM revocations WHERE subject = '${subject}';
           DELETE FROM audit_cut_offs WHERE subject = '${subject}'; ${tokensGoodAgain([token.id])}`,
        );
        await house.alarm('cut_off_differs', log.id);
        await house.alarm('register_changed', log.id);
        const registered = await house.rows('SELECT FROM audit_cut_offs WHERE subject = $1', [subject]);
        expect(registered).toHaveLength(1);
        await waitFor(
          'it to be refused',
          async () => outcomeOf(await verify(house.app, log, token)) === 'revoked',
        );
      } finally {
        await house.end();
      }
    },
    LIMIT_MS,
  );
});
