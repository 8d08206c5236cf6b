/** A message of the protocol. */
export type Frame = Record<string, unknown>;

/** What the file of the vectors says of each member, in `about`. */
export interface Step {
  open?: true;
  sent?: Frame;
  received?: Frame;
  received_together?: Frame[];
  received_text?: string;
  ask?: string;
  scopes?: readonly string[];
  ip?: string;
  from_memory?: string;
  as?: string;
  answered?: string;
  verdict?: string;
  unanswered?: string;
  passes_ms?: number;
  alive?: true;
  wall_jumps_ms?: number;
  closed?: number;
  refused?: number;
  closes?: number;
  stays?: true;
  dials?: boolean;
  http?: 'no answer' | { status: number; verdict?: string; body?: unknown };
  silent?: true;
}

export interface TestScenario {
  name: string;
  steps: Step[];
  rules?: readonly string[];
  /** How much its verifier remembers at most. */
  max?: number;
  /** The scopes of the verdict `reader`. */
  granted?: string[];
}

/** Rows that are alike, each a scenario of its own. */
export interface Tables {
  scopes: { granted: string[]; asked: string[]; covered: boolean }[];
  addresses: { trusted: string[]; ip: string | null; matches: boolean }[];
  expiry: { expires_after_ms: number | null; passes_ms: number; good: boolean }[];
  frames: { text: string; after: 'open' | 'welcome' | 'ask'; ends: boolean }[];
}

export interface Vectors {
  version: number;
  now: string;
  verdicts: Record<string, Frame>;
  scenarios: TestScenario[];
  tables: Tables;
  /** Rules that need more than steps. */
  not_here: string[];
}
