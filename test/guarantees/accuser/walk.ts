import { aWorld, type World } from '../../e2e/audit-events/sent-changes.js';
import { ask } from '../../e2e/authorization/ask.js';
import { ABOUT_SOMEBODY, aGoodCall } from '../../e2e/authorization/requests.js';
import { authorizationWorld, type AuthorizationWorld } from '../../e2e/authorization/world.js';
import { AUTHORIZATION } from '../../support/authorization-table.js';
import { exchange } from '../../support/exchange.js';
import { everyOperation, type Operation } from '../../support/operations.js';
import { testRun } from '../../support/test-run.js';
import type { Around } from './around.js';
import { deedsOf, endAll, ENDS_ALL, NO_OPERATION } from './deeds.js';

const ACTORS = 3;

/** A walk in an order that its random numbers name; what several actors do at once is not in it. */
export class Walk {
  /** How often each operation has succeeded. */
  readonly done = new Map<string, number>();
  /** What readiness has said of the integrity of the log, and behind which operation. */
  readonly accusations: string[] = [];
  private readonly worlds = new Map<number, World>();

  private constructor(
    private readonly url: string,
    private readonly operations: ReadonlyMap<string, Operation | null>,
    private house: AuthorizationWorld,
    private readonly random: () => number,
    private readonly successes: number,
    private readonly around: Around | undefined,
  ) {}

  /**
   * @param successes how often each operation has to succeed
   * @param around undefined: nobody else takes part, and what needs them does not succeed
   */
  static async begin(url: string, random: () => number, successes: number, around?: Around): Promise<Walk> {
    const documented = (await everyOperation(url)).map(
      (each) => [each.operationId ?? each.path, each] as const,
    );
    const more = NO_OPERATION.map((name) => [name, null] as const);
    return new Walk(
      url,
      new Map([...more, ...documented]),
      await authorizationWorld(),
      random,
      successes,
      around,
    );
  }

  /** These operations, in any order. */
  async round(names: readonly string[]): Promise<void> {
    const left = names
      .filter((name) => name !== ENDS_ALL)
      .map((name) => ({ name, at: this.random() }))
      .sort((one, other) => one.at - other.at);
    const actor = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        if (await this.succeeds(next.name)) this.count(next.name);
        await this.note(next.name);
      }
    };
    await Promise.all(Array.from({ length: ACTORS }, actor));
  }

  /** Revokes everything that there is, and goes on with what is issued later. */
  async endAll(): Promise<void> {
    const { isDone, secret } = await endAll(this.url);
    testRun().secrets.RESCIND_BOOTSTRAP_TOKEN = secret;
    if (isDone) this.count(ENDS_ALL);
    this.worlds.clear();
    this.house = await authorizationWorld();
    await this.note(ENDS_ALL);
  }

  /** Those that have not succeeded so often yet. */
  missing(): string[] {
    return [...this.operations.keys()].filter((name) => (this.done.get(name) ?? 0) < this.successes);
  }

  private count(name: string): void {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  private async note(name: string): Promise<void> {
    const { text } = await exchange(this.url, { method: 'GET', path: '/health/ready' });
    const { integrity } = JSON.parse(text) as { integrity: { detail: string | null } };
    if (integrity.detail !== null) this.accusations.push(`${name}: ${integrity.detail}`);
  }

  private async succeeds(name: string): Promise<boolean> {
    const operation = this.operations.get(name);
    const deeds = deedsOf(name);
    return deeds.length === 0 && operation ? this.asked(name, operation) : this.changed(this.one(deeds));
  }

  /** In a world of before, or in a new one; where something can not be done any more, nothing more is. */
  private async changed(deed: ReturnType<typeof deedsOf>[number]): Promise<boolean> {
    const at = Math.floor(this.random() * ACTORS * 2);
    const isDone = await this.in(at)
      .then((world) => deed(world, this.around as Around))
      .catch(() => false);
    if (!isDone) this.worlds.delete(at);
    return isDone;
  }

  private async in(at: number): Promise<World> {
    const world = this.worlds.get(at) ?? (await aWorld());
    this.worlds.set(at, world);
    return world;
  }

  private async asked(name: string, operation: Operation): Promise<boolean> {
    const { house } = this;
    const isOfPlatform = AUTHORIZATION[name]?.scope === 'rescind:platform:admin';
    const caller = isOfPlatform ? 'platform' : this.one(['platform', 'owner', 'admin'] as const);
    const calls = await ABOUT_SOMEBODY[name]?.({ world: house, caller, target: 'developer' });
    const call = calls === undefined ? await aGoodCall(name, house) : this.one(calls);
    return (await ask(house, operation, call, house.secrets[caller])).status < 300;
  }

  private one<Value>(list: readonly Value[]): Value {
    return list[Math.floor(this.random() * list.length)] as Value;
  }
}
