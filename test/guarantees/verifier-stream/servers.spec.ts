import { Api } from '../../support/api.js';
import { aToken, type TestToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { StreamLink } from './stream-link.js';
import { LEASE_MS } from './within-lease.js';

describe('R1: no client verifier trusts its memory longer than its server might', () => {
  let verifiers: Verifiers;
  let doomed: Verifier;
  let link: StreamLink;
  let child: Child;
  let token: TestToken;
  beforeAll(async () => {
    verifiers = await startVerifiers(1, { RESCIND_LEASE_MS: String(LEASE_MS) });
  }, 120_000);
  afterAll(() => verifiers.end());
  beforeEach(async () => {
    doomed = await verifiers.add();
    link = await StreamLink.open(doomed.url);
    child = await Child.join(link.url);
    token = await aToken(verifiers.business);
    await child.remember(token.secret);
  }, 120_000);
  afterEach(async () => {
    link.close();
    await doomed.kill();
    doomed.proxy.close();
    verifiers.all.splice(1);
  });

  const revoke = async (): Promise<void> => {
    const api = new Api((verifiers.all[0] as Verifier).url, platformSecret(), verifiers.business.id);
    expect((await api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
  };

  it('a server that was killed, and whose end its child does not see', async () => {
    link.silence();
    await doomed.kill();
    await revoke();
    expect(child.answer(token.secret)).toBeNull();
  }, 120_000);

  it('a server that is frozen', async () => {
    doomed.freeze();
    await revoke();
    expect(child.answer(token.secret)).toBeNull();
    doomed.thaw();
    // It finds itself expelled, and has its children start over.
    await child.stream.hear('reset', ({ epoch }) => epoch === 'e2');
    await child.stream.hear('grant', ({ epoch }) => epoch === 'e2');
    expect((await child.ask(token.secret)).verdict).toEqual({ active: false, reason: 'revoked' });
  }, 120_000);

  it('a server that is cut off from its database, expelled, and comes back', async () => {
    doomed.proxy.blackHole = true;
    await revoke();
    expect(child.answer(token.secret)).toBeNull();
    expect(child.stream.isClosed).toBe(false);
    doomed.proxy.blackHole = false;
    doomed.proxy.cut();
    await child.stream.hear('reset', ({ epoch }) => epoch === 'e2');
    await child.stream.hear('grant', ({ epoch }) => epoch === 'e2');
    expect((await child.ask(token.secret)).verdict).toEqual({ active: false, reason: 'revoked' });
  }, 120_000);

  it('a server that ends in order while a child does not hear it', async () => {
    link.silence();
    const ended = doomed.stop();
    await revoke();
    expect(child.answer(token.secret)).toBeNull();
    expect((await ended).code).toBe(0);
  }, 120_000);

  it('a server that ends in order: its children leave, and nothing waits', async () => {
    const { code } = await doomed.stop();
    expect(code).toBe(0);
    expect(await child.stream.closed).toBe(1001);
    expect(child.stream.heard.at(-1)).toMatchObject({ type: 'bye', code: 'going_away' });
    await revoke();
    expect(child.answer(token.secret)).toBeNull();
  }, 120_000);
});
