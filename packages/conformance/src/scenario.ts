import { isDeepStrictEqual } from 'node:util';
import { Deviation } from './deviation.js';
import { TesteeFault, type About, type Line, type Testee } from './testee.js';
import type { Frame, Step, TestScenario, Vectors } from './vectors.js';

const SERVER = 'http://rescind.test';
const VERIFY_URL = `${SERVER}/api/v1/tokens/verify`;
/** With a sign of life as often. */
const ALIVE_EVERY_MS = 50;
/** Codes that tell the server something (docs/verifier-protocol.md, How it ends): a verifier that gives up uses none. */
const CODES_OF_PROTOCOL = [1000, 1001, 1009, 4400, 4401, 4408, 4413, 4429];
const CLOSE_LEFT = 1000;
const CLOSE_GIVEN_UP = 4000;

interface Connection {
  readonly sent: Frame[];
  /** How many of them the scenario has seen. */
  seen: number;
  closedWith: number | null;
}

interface Question {
  readonly secret: string;
  /** undefined: none yet. */
  verdict?: unknown;
}

interface Call {
  readonly number: number;
  readonly url: unknown;
  readonly body: unknown;
}

/** Takes the verifier of a testee through the steps of one scenario, as verifier-vectors.json describes them. */
export class Scenario {
  private readonly connections: Connection[] = [];
  private readonly calls: Call[] = [];
  private readonly questions = new Map<string, Question>();
  /** What the scenario calls them; a later question may have the name of an earlier one. */
  private readonly names = new Map<string, Question>();
  private readonly known: Record<string, Frame>;
  private dials = 1;
  private hasBye = false;

  constructor(
    private readonly testee: Testee,
    private readonly about: About,
    private readonly vectors: Pick<Vectors, 'now' | 'verdicts'>,
    private readonly scenario: TestScenario,
  ) {
    const { verdicts } = vectors;
    this.known =
      scenario.granted === undefined
        ? verdicts
        : { ...verdicts, reader: { ...verdicts.reader, scopes: scenario.granted } };
  }

  /** @throws Deviation; TesteeFault; both name the step */
  async run(): Promise<void> {
    const { steps, max = 1000 } = this.scenario;
    const options = { url: SERVER, token: 'credential', name: 'vectors', max, timeout_ms: 2000 };
    await this.command({ do: 'create', wall_ms: Date.parse(this.vectors.now), options });
    for (const [index, step] of steps.entries()) {
      try {
        await this.take(step);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        error.message = `step ${index}, ${JSON.stringify(step)}: ${error.message}`;
        throw error;
      }
    }
    this.demandSilence();
  }

  private async take(step: Step): Promise<void> {
    if (step.open === true) await this.toConnection({ do: 'open' });
    else if (step.sent !== undefined) this.demandSent(step.sent);
    else if (step.received !== undefined) await this.receive([step.received]);
    else if (step.received_together !== undefined) await this.receive(step.received_together);
    else if (step.received_text !== undefined)
      await this.toConnection({ do: 'receive', texts: [step.received_text] });
    else if (step.ask !== undefined) await this.ask(step.ask, step);
    else if (step.answered !== undefined) this.demandVerdict(step.answered, step.verdict);
    else if (step.unanswered !== undefined) {
      const verdict = this.names.get(step.unanswered)?.verdict;
      demand(verdict === undefined, 'no answer yet', verdict);
    } else if (step.passes_ms !== undefined) await this.pass(step.passes_ms, step.alive === true);
    else if (step.wall_jumps_ms !== undefined) await this.command({ do: 'wall', ms: step.wall_jumps_ms });
    else await this.takeEnd(step);
  }

  private async takeEnd(step: Step): Promise<void> {
    if (step.closed !== undefined) await this.toConnection({ do: 'closed', code: step.closed });
    else if (step.refused !== undefined) await this.toConnection({ do: 'refused', status: step.refused });
    else if (step.closes !== undefined) await this.demandClosed(step.closes);
    else if (step.stays === true)
      demand(this.connection.closedWith === null, 'the connection stays', this.connection.closedWith);
    else if (step.dials !== undefined) {
      const expected = step.dials ? this.dials + 1 : this.dials;
      demand(this.connections.length === expected, `${expected} connections begun`, this.connections.length);
      this.dials = expected;
    } else if (step.http !== undefined) await this.answerCall(step.http);
    else if (step.silent === true) this.demandSilence();
    else throw new TesteeFault('The vectors have a step that this program does not know');
  }

  private get connection(): Connection {
    const latest = this.connections.at(-1);
    if (latest === undefined) throw new Deviation('expected that a connection is begun, but none was');
    return latest;
  }

  private async toConnection(command: Line): Promise<void> {
    // Nothing of it has been looked at before.
    if (command.do === 'open') this.connection.seen = this.connection.sent.length;
    await this.command({ ...command, connection: this.connections.length });
  }

  private async receive(frames: readonly Frame[]): Promise<void> {
    this.hasBye ||= frames.some(({ type }) => type === 'bye');
    const texts = frames.map((frame) =>
      JSON.stringify(
        typeof frame.verdict === 'string' ? { ...frame, verdict: this.named(frame.verdict) } : frame,
      ),
    );
    await this.toConnection({ do: 'receive', texts });
  }

  private async ask(secret: string, { scopes, ip, from_memory: expected, as }: Step): Promise<void> {
    const question = `q${this.questions.size + 1}`;
    const asked: Question = { secret };
    this.questions.set(question, asked);
    this.names.set(as ?? question, asked);
    const events = await this.command({ do: 'verify', question, secret, scopes, ip });
    if (expected === undefined) return;
    this.demandVerdict(question, expected);
    const toOthers = events.filter(
      ({ event, text }) => event === 'call' || (event === 'send' && !isBeat(parsed(text))),
    );
    demand(toOthers.length === 0, 'nothing is asked', toOthers);
  }

  private async pass(ms: number, alive: boolean): Promise<void> {
    if (!alive) await this.command({ do: 'pass', ms });
    else
      for (let left = ms; left > 0; left -= ALIVE_EVERY_MS) {
        await this.toConnection({ do: 'alive' });
        await this.command({ do: 'pass', ms: Math.min(left, ALIVE_EVERY_MS) });
      }
  }

  private async answerCall(answer: Exclude<Step['http'], undefined>): Promise<void> {
    const call = this.calls.shift();
    demand(call?.url === VERIFY_URL, `a call of ${VERIFY_URL}`, call?.url ?? 'none');
    const { token } = parsed(call?.body);
    const isAsked = [...this.questions.values()].some(({ secret }) => secret === token);
    demand(isAsked, 'a call with the secret that is asked for', call?.body);
    if (answer === 'no answer') await this.command({ do: 'http', call: call?.number });
    else {
      const body = answer.verdict === undefined ? answer.body : this.named(answer.verdict);
      const { status } = answer;
      await this.command({ do: 'http', call: call?.number, status, body: JSON.stringify(body ?? {}) });
    }
  }

  /** Beats that the scenario does not name may come between. */
  private demandSent(expected: Frame): void {
    const { connection } = this;
    const { sent } = connection;
    while (isBeat(sent[connection.seen]) && !isDeepStrictEqual(sent[connection.seen], expected))
      connection.seen++;
    const actual = sent[connection.seen];
    // Optional, and so is what they say of scopes.
    if (expected.type === 'leave' && this.hasBye && actual === undefined) return;
    const told = this.about.optional.includes('scopes') ? expected : withoutScopes(expected);
    demand(isDeepStrictEqual(actual, told), told, actual ?? 'nothing');
    connection.seen++;
  }

  private async demandClosed(expected: number): Promise<void> {
    const { closedWith } = this.connection;
    if (expected === CLOSE_LEFT && this.hasBye && closedWith === null)
      // It waits for the close frame of the server, which follows the bye.
      await this.toConnection({ do: 'closed', code: CLOSE_LEFT });
    else if (expected === CLOSE_GIVEN_UP)
      demand(
        closedWith !== null && !CODES_OF_PROTOCOL.includes(closedWith),
        'the connection is closed, with a code that is none of the protocol',
        closedWith ?? 'it is not closed',
      );
    else demand(closedWith === expected, `closed with ${expected}`, closedWith ?? 'it is not closed');
  }

  private demandVerdict(question: string, expected: string | undefined): void {
    const actual = this.names.get(question)?.verdict;
    const verdict = this.named(expected);
    demand(isDeepStrictEqual(actual, verdict), verdict, actual ?? 'no answer');
  }

  private demandSilence(): void {
    const unseen =
      this.connections
        .at(-1)
        ?.sent.filter((frame, index) => index >= this.connection.seen && !isBeat(frame)) ?? [];
    demand(unseen.length === 0, 'nothing but beats is sent', unseen);
    demand(this.calls.length === 0, 'nothing is asked over HTTP', this.calls);
  }

  private async command(command: Line): Promise<Line[]> {
    const { events } = await this.testee.answerTo(command);
    if (!Array.isArray(events)) throw new TesteeFault('The answer has no list of `events`');
    for (const event of events as Line[]) this.note(event);
    return events as Line[];
  }

  private note(event: Line): void {
    switch (event.event) {
      case 'dial':
        if (event.connection !== this.connections.push({ sent: [], seen: 0, closedWith: null }))
          throw new TesteeFault('Connections are not numbered from 1');
        break;
      case 'send':
        this.numbered(event).sent.push(parsed(event.text));
        break;
      case 'close':
        this.numbered(event).closedWith ??= Number(event.code);
        break;
      case 'call':
        this.calls.push({ number: Number(event.call), url: event.url, body: event.body });
        break;
      case 'verdict': {
        const question = this.questions.get(String(event.question));
        if (question === undefined || question.verdict !== undefined)
          throw new Deviation(`expected one answer to each question, but got ${JSON.stringify(event)}`);
        question.verdict = event.verdict;
        break;
      }
      default:
        throw new TesteeFault(`No such event: ${JSON.stringify(event)}`);
    }
  }

  private numbered({ connection }: Line): Connection {
    const found = this.connections[Number(connection) - 1];
    if (found === undefined) throw new TesteeFault(`There is no connection ${String(connection)}`);
    return found;
  }

  private named(name: string | undefined): unknown {
    return this.known[name ?? ''] ?? { active: false, reason: name };
  }
}

/** Whether a scenario needs something that a verifier may leave out, and this one does. */
export function needsMore({ steps }: TestScenario, { optional }: About): boolean {
  return !optional.includes('used') && steps.some(({ sent }) => sent?.type === 'used');
}

function demand(isSo: boolean, expected: unknown, actual: unknown): void {
  if (!isSo) throw new Deviation(`expected ${shown(expected)}, but got ${shown(actual)}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isBeat(frame: Frame | undefined): boolean {
  return frame?.type === 'beat';
}

function withoutScopes({ scopes: _scopes, asked: _asked, ...others }: Frame): Frame {
  return others;
}

function parsed(text: unknown): Frame {
  try {
    return JSON.parse(String(text)) as Frame;
  } catch {
    throw new Deviation(`expected JSON, but got ${String(text)}`);
  }
}
