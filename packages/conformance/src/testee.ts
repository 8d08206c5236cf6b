import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How long an answer may take. */
const ANSWER_WITHIN_MS = 5000;
/** Of what a testee wrote on standard error, as much is kept. */
const ERRORS_CHARACTERS_MAX = 1_000_000;

export type Line = Record<string, unknown>;

/** The testee does not do what docs/conformance.md says of testees, so that nothing is known of its verifier. */
export class TesteeFault extends Error {}

export interface About {
  /** Its name. */
  readonly testee: string;
  /** What it does of that which is optional. */
  readonly optional: readonly string[];
}

/** A program that speaks lines of JSON on its standard streams. End it with `end`. */
export class Testee {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: ((line: Line | TesteeFault) => void)[] = [];
  private readonly ended: Promise<void>;
  private fault: TesteeFault | null = null;
  /** What it wrote on standard error. */
  errors = '';

  constructor(
    command: readonly [string, ...string[]],
    private readonly trace: (line: string) => void,
    /** Lines that answer no command of `answerTo`. */
    private readonly unasked?: (line: Line) => void,
  ) {
    const [program, ...args] = command;
    this.child = spawn(program, args, { stdio: 'pipe' });
    this.child.stdin.on('error', () => undefined);
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-ERRORS_CHARACTERS_MAX);
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.read(line));
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.fail(`cannot be started: ${error.message}`);
        resolve();
      });
      this.child.on('close', (code, signal) => {
        this.fail(`has ended (${signal ?? `exit code ${code}`}). Its last words: ${this.errors.slice(-500)}`);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws TesteeFault when it is no testee */
  async about(): Promise<About> {
    const { testee, optional = [] } = await this.answerTo({ do: 'about', protocol: 1 });
    if (typeof testee !== 'string' || !Array.isArray(optional))
      throw new TesteeFault('`about` is not answered with a name and a list of what is optional');
    return { testee, optional: optional.map(String) };
  }

  /** Writes one command, and resolves with the next line. @throws TesteeFault also when none comes within five seconds */
  async answerTo(command: Line): Promise<Line> {
    if (this.fault !== null) throw this.fault;
    let timer: NodeJS.Timeout | undefined;
    const line = await new Promise<Line | TesteeFault>((resolve) => {
      timer = setTimeout(
        () => this.fail(`has not answered ${JSON.stringify(command)} within ${ANSWER_WITHIN_MS} ms`),
        ANSWER_WITHIN_MS,
      );
      this.waiting.push(resolve);
      this.tell(command);
    });
    clearTimeout(timer);
    if (line instanceof TesteeFault) throw line;
    if (typeof line.error === 'string') throw new TesteeFault(`The testee says: ${line.error}`);
    return line;
  }

  /** Writes one command. */
  tell(command: Line): void {
    const line = JSON.stringify(command);
    this.trace(`→ ${line}`);
    this.child.stdin.write(`${line}\n`);
  }

  /** Closes its standard input, and ends it if that is not enough. */
  async end(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 1000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private read(text: string): void {
    this.trace(`← ${text}`);
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      line = null;
    }
    if (typeof line !== 'object' || line === null || Array.isArray(line))
      this.fail(`wrote a line that is no JSON object: ${text.slice(0, 500)}`);
    else {
      const waiter = this.waiting.shift();
      if (waiter !== undefined) waiter(line as Line);
      else if (this.unasked !== undefined) this.unasked(line as Line);
      else this.fail(`wrote a line that nobody asked for: ${text.slice(0, 500)}`);
    }
  }

  private fail(what: string): void {
    this.fault ??= new TesteeFault(`The testee ${what}`);
    for (const waiter of this.waiting.splice(0)) waiter(this.fault);
  }
}
