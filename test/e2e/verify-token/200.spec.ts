import { aBusiness, aToken } from '../../support/factories.js';

const VERIFY = '/api/v1/tokens/verify';
const PUBLIC_ID = /(?<=^[a-z0-9]+_)[0-9A-Za-z]{22}(?=_)/;

describe('POST /api/v1/tokens/verify out of memory', () => {
  it('answers the same whether the caller and the token are remembered or not', async () => {
    const business = await aBusiness();
    const caller = await aToken(business, { role: 'owner', scopes: ['rescind:tokens:verify'] });
    const { secret } = await aToken(business);
    const answers = [];
    for (let time = 0; time < 4; time++)
      answers.push((await caller.api.post(VERIFY, { token: secret })).body);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].active).toBe(true);
  });

  it('never takes another secret with the public id of a remembered token for it', async () => {
    const business = await aBusiness();
    const [one, other] = [await aToken(business), await aToken(business)];
    for (const { secret } of [one, other]) await business.api.post(VERIFY, { token: secret });
    const publicId = (PUBLIC_ID.exec(other.secret) as RegExpExecArray)[0];
    const forged = one.secret.replace(PUBLIC_ID, publicId);
    const verdict = await business.api.post(VERIFY, { token: forged });
    expect(verdict.body).toEqual({ active: false, reason: 'malformed' });
    expect((await business.api.as(forged).post(VERIFY, { token: one.secret })).status).toBe(401);
  });

  it('refuses a caller on the connection of another whose secret was good', async () => {
    const business = await aBusiness();
    const caller = await aToken(business, { role: 'owner', scopes: ['rescind:tokens:verify'] });
    const last = caller.secret.at(-1) === '0' ? '1' : '0';
    const wrong = caller.api.as(caller.secret.slice(0, -1) + last);
    for (let time = 0; time < 3; time++) {
      expect((await caller.api.post(VERIFY, { token: caller.secret })).body.active).toBe(true);
      expect((await wrong.post(VERIFY, { token: caller.secret })).status).toBe(401);
    }
  });
});
