import { aBusiness, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { Tail } from './tail.js';

describe('GET /api/v1/admin/audit/stream', () => {
  it('follows the log of the platform, and resumes it', async () => {
    const api = await platform();
    const tail = await Tail.openOfPlatform(api, '?action=platform.token_issued');
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'followed' });
    const id = body.token_info.id as string;
    await waitFor('the event', () => tail.text.includes(id));
    tail.close();
    const [last] = tail.sequences.slice(-1) as [number];
    const again = await Tail.openOfPlatform(api, '?action=platform.token_issued', {
      'last-event-id': String(last - 1),
    });
    await waitFor('the same event', () => again.text.includes(id));
    expect(again.sequences[0]).toBe(last);
    again.close();
  });

  it('follows the log of a business, which remembers that, and shows nothing of any other', async () => {
    const api = await platform();
    const [business, other] = [await aBusiness(), await aBusiness()] as [TestBusiness, TestBusiness];
    const tail = await Tail.openOfPlatform(api, `?business_id=${business.id}`);
    const foreign = await aToken(other);
    const token = await aToken(business);
    await waitFor('the event', () => tail.text.includes(token.id));
    expect(tail.text).not.toContain(foreign.id);
    tail.close();
    const { body } = await business.api.get('/api/v1/audit/events', {
      action: 'audit.read',
      details: 'stream',
    });
    expect(body.items).toHaveLength(1);
  });

  it('is for the platform alone, and for a log that can be', async () => {
    const business = await aBusiness();
    const owner = await aToken(business, { role: 'owner' });
    expect((await owner.api.within(null).get('/api/v1/admin/audit/stream')).status).toBe(403);
    expect((await (await platform()).get('/api/v1/admin/audit/stream', { business_id: 'each' })).status).toBe(
      422,
    );
  });
});
