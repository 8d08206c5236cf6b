import type { Frame, Step, Vectors } from '../../../packages/conformance/src/vectors.js';
import { targetOf } from '../../../packages/verifier/src/target.js';
import type { Verdict } from '../../../packages/verifier/src/verdict.js';
import { Verifier } from '../../../packages/verifier/src/verifier.js';
import { VirtualPlatform } from './virtual-platform.js';

/** Takes a verifier through the steps of a scenario, as verifier-vectors.json describes them. */
export class Scenario {
  private readonly world: VirtualPlatform;
  private readonly verifier: Verifier;
  private readonly answers = new Map<string, Verdict | null>();
  private seen = 0;
  private dials = 1;

  constructor(
    private readonly vectors: Pick<Vectors, 'now' | 'verdicts'>,
    max = 1000,
  ) {
    this.world = new VirtualPlatform(Date.parse(vectors.now));
    this.verifier = new Verifier(
      {
        targets: [targetOf('http://rescind.test')],
        credential: () => 'credential',
        businessId: undefined,
        name: 'vectors',
        max,
        timeoutMs: 2000,
      },
      this.world.platform,
    );
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.world.settle();
    for (const [index, step] of steps.entries()) {
      try {
        await this.take(step);
        await this.world.settle();
      } catch (error) {
        throw new Error(`step ${index}, ${JSON.stringify(step)}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
    this.demandSilence();
  }

  private async take(step: Step): Promise<void> {
    const { connection } = this.world;
    if (step.open === true) {
      this.seen = 0;
      connection.events.opened();
    } else if (step.sent !== undefined) {
      this.demandSent(step.sent);
    } else if (step.received !== undefined) {
      this.receive(step.received);
    } else if (step.received_together !== undefined) {
      step.received_together.forEach((frame) => this.receive(frame));
    } else if (step.received_text !== undefined) {
      connection.events.received(step.received_text);
    } else if (step.ask !== undefined) {
      this.ask(step.ask, step);
    } else if (step.answered !== undefined) {
      expect(this.answers.get(step.answered)).toEqual(this.named(step.verdict));
    } else if (step.unanswered !== undefined) {
      expect(this.answers.get(step.unanswered)).toBeNull();
    } else if (step.passes_ms !== undefined) {
      await this.world.pass(step.passes_ms, () => {
        if (step.alive === true) connection.events.heard();
      });
    } else if (step.wall_jumps_ms !== undefined) {
      this.world.wallMs += step.wall_jumps_ms;
    } else await this.takeEnd(step);
  }

  private async takeEnd(step: Step): Promise<void> {
    const { connection } = this.world;
    if (step.closed !== undefined) connection.events.closed(step.closed, null);
    else if (step.refused !== undefined) connection.events.closed(1006, step.refused);
    else if (step.closes !== undefined) expect(connection.closedWith).toBe(step.closes);
    else if (step.stays === true) expect(connection.closedWith).toBeNull();
    else if (step.dials !== undefined) {
      expect(this.world.connections.length).toBe(step.dials ? this.dials + 1 : this.dials);
      this.dials = this.world.connections.length;
    } else if (step.http !== undefined) this.answerHttp(step.http);
    else if (step.silent === true) this.demandSilence();
    else throw new Error('no such step');
    await this.world.settle();
  }

  private receive(frame: Frame): void {
    const verdict = typeof frame.verdict === 'string' ? { verdict: this.named(frame.verdict) } : {};
    this.world.connection.events.received(JSON.stringify({ ...frame, ...verdict }));
  }

  /** Beats that the scenario does not name may come between. */
  private demandSent(expected: Frame): void {
    const { sent } = this.world.connection;
    while (sent[this.seen]?.type === 'beat' && JSON.stringify(sent[this.seen]) !== JSON.stringify(expected))
      this.seen++;
    expect(sent[this.seen]).toEqual(expected);
    this.seen++;
  }

  private demandSilence(): void {
    const unseen = this.world.connection.sent.slice(this.seen).filter(({ type }) => type !== 'beat');
    expect(unseen).toEqual([]);
    expect(this.world.httpCalls).toEqual([]);
  }

  private ask(secret: string, { scopes, ip, from_memory: expected, as }: Step): void {
    const asked = this.verifier.verify(secret, { scopes, ip });
    if (expected !== undefined) {
      expect(asked).toEqual(this.named(expected));
      return;
    }
    expect(asked).toBeInstanceOf(Promise);
    this.answers.set(as as string, null);
    void Promise.resolve(asked).then((verdict) => this.answers.set(as as string, verdict));
  }

  private answerHttp(answer: Exclude<Step['http'], undefined>): void {
    const call = this.world.httpCalls.shift();
    expect(call?.url).toBe('http://rescind.test/api/v1/tokens/verify');
    if (answer === 'no answer') call?.answer(null);
    else {
      const body = answer.verdict === undefined ? answer.body : this.named(answer.verdict);
      call?.answer(new Response(JSON.stringify(body ?? {}), { status: answer.status }));
    }
  }

  private named(name: string | undefined): unknown {
    return this.vectors.verdicts[name ?? ''] ?? { active: false, reason: name };
  }
}
