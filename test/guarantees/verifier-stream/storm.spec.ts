import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../../support/api.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { StreamLink } from './stream-link.js';

const STORM_MS = 12_000;
/** How much longer it may last until enough was revoked and answered, on a machine that does little else. */
const SILENCE_MS_MAX = 120_000;
const REVOKERS = 4;
const CHILDREN = 10;

/** One place where a client verifier is: it is spoiled, given up, and begun anew. */
class Place {
  child: Child | null = null;
  private link: StreamLink | null = null;

  constructor(
    private readonly url: string,
    private readonly secret: string,
  ) {}

  async fill(): Promise<void> {
    this.link = await StreamLink.open(this.url);
    this.child = await Child.join(this.link.url, { secret: this.secret });
  }

  /** @param fault a number, by which one is chosen */
  async spoil(fault: number): Promise<void> {
    const { child, link } = this;
    if (child === null || link === null) return;
    if (fault % 5 === 0) child.freeze();
    else if (fault % 5 === 1) child.acknowledges = false;
    else if (fault % 5 === 2) link.silence();
    else if (fault % 5 === 3) link.closeBehind();
    else child.break();
    await delay(1500);
    child.thaw();
    // It goes on answering as long as it believes that it may, until its place is taken.
    await delay(200);
    this.child = null;
    child.break();
    link.close();
    await this.fill();
  }

  async empty(): Promise<void> {
    this.child?.break();
    this.link?.close();
    await Promise.resolve();
  }
}

describe('R1 in a storm: client verifiers and servers fail all the time, and nothing revoked is answered active', () => {
  let verifiers: Verifiers;
  const places: Place[] = [];
  let businesses: TestBusiness[];
  beforeAll(async () => {
    verifiers = await startVerifiers(2);
    const { url } = verifiers.all[0] as Verifier;
    businesses = [verifiers.business, await aBusiness({ url })];
    for (let index = 0; index < CHILDREN; index++) {
      const server = verifiers.all[index % 2] as Verifier;
      const business = businesses[index % 3];
      const secret =
        business === undefined
          ? platformSecret()
          : (await aToken(business, { scopes: ['rescind:tokens:verify'] })).secret;
      const place = new Place(server.url, secret);
      places.push(place);
      await place.fill();
    }
  }, 120_000);
  afterAll(async () => {
    for (const place of places) await place.empty();
    await verifiers.end();
  });

  it('is survived without one wrong answer', async () => {
    const end = performance.now() + STORM_MS;
    const wrong: string[] = [];
    let revocations = 0;
    let activeAnswers = 0;
    /** Not before it says something, unless that never comes. */
    const isOver = (): boolean => {
      const saysSomething = revocations > 5 && activeAnswers > 5;
      return performance.now() > end + (saysSomething ? 0 : SILENCE_MS_MAX);
    };
    const answering = (token: TestToken): Child[] =>
      places.flatMap(({ child }) => (child?.answer(token.secret) === 'active' ? [child] : []));

    const revoker = async (index: number): Promise<void> => {
      for (let round = index; !isOver(); round++) {
        const business = businesses[round % 2] as TestBusiness;
        const token = await aToken(business);
        for (const { child } of places) void child?.ask(token.secret);
        await delay(50 * (round % 3));
        activeAnswers += answering(token).length;
        const { url } = verifiers.all[round % 2] as Verifier;
        const { status } = await new Api(url, platformSecret(), business.id).post(
          `/api/v1/tokens/${token.id}/revoke`,
        );
        if (status !== 201) continue;
        revocations++;
        for (let looks = 0; looks < 3; looks++) {
          for (const { id } of answering(token)) wrong.push(`${id} answers ${token.jti}`);
          await delay(20);
        }
      }
    };
    const spoiler = async (index: number): Promise<void> => {
      for (let round = index; !isOver(); round += 3) {
        await places[round % CHILDREN]?.spoil(round);
        await delay(100);
      }
    };
    const serverSpoiler = async (): Promise<void> => {
      const second = verifiers.all[1] as Verifier;
      while (!isOver()) {
        await delay(1500);
        second.freeze();
        await delay(1300);
        second.thaw();
        await delay(1000);
        second.proxy.cut();
      }
    };
    await Promise.all([
      ...Array.from({ length: REVOKERS }, (_, index) => revoker(index)),
      ...Array.from({ length: 3 }, (_, index) => spoiler(index)),
      serverSpoiler(),
    ]);
    expect(wrong).toEqual([]);
    expect(revocations).toBeGreaterThan(5);
    expect(activeAnswers).toBeGreaterThan(5);
  }, 240_000);
});
