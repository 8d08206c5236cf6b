/** A verifier that breaks one rule of docs/verifier-protocol.md: text of the built package that is replaced. */
export interface Mutant {
  readonly rule: string;
  readonly breaks: string;
  /** Of `dist/esm`, without `.js`. */
  readonly file: string;
  readonly edits: readonly (readonly [from: string, to: string])[];
}

const mutant = (
  rule: string,
  breaks: string,
  file: string,
  ...edits: (readonly [string, string])[]
): Mutant => ({
  rule,
  breaks,
  file,
  edits,
});

/** One or more for each rule that the vectors hold. */
export const MUTANTS: readonly Mutant[] = [
  mutant('L1', 'a lease counts from the grant', 'session', [
    'this.lease.extend(askedAt,',
    'this.lease.extend(readBoth(this.clock),',
  ]),
  mutant('L2', 'a lease holds at the millisecond of its end', 'lease', [
    'nowMs < this.endsAtMs',
    'nowMs <= this.endsAtMs',
  ]),
  mutant('L2', 'a lease holds at the millisecond at which the wall clock ends it', 'lease', [
    'this.clock.wallMs() < this.endsAtWallMs',
    'this.clock.wallMs() <= this.endsAtWallMs',
  ]),
  mutant('L3', 'a grant of any epoch counts', 'session', [' || epoch !== this.epoch)\n', ')\n']),
  mutant('L4', 'a shorter grant takes time back', 'lease', [
    'if (askedAt.monotonicMs + ms < this.endsAtMs)',
    'if (false)',
  ]),
  mutant('L5', 'a grant is worth what it says', 'session', ['Math.min(ms, this.termMs)', 'ms']),
  mutant('L7', 'the wall clock is not looked at', 'lease', [
    ' && this.clock.wallMs() < this.endsAtWallMs',
    '',
  ]),
  mutant('L8', 'the memory answers without a lease', 'verifier', [
    'if (!this.#lease.holdsAt(nowMs))',
    'if (false)',
  ]),
  mutant('M1', 'what is not cacheable is remembered', 'session', [
    'fact?.cacheable === true && fact.',
    'fact?.',
  ]),
  mutant('M2', 'a fact is remembered a step later', 'session', [
    'this.memory.keep(ask.digest, { ...fact, verdict: fact.verdict })',
    'this.events.soon(() => this.memory.keep(ask.digest, { ...fact, verdict: fact.verdict }))',
  ]),
  mutant('M3', 'tokens of an owner stay', 'remembered-verdicts', [
    'entry.owner.stale || entry.business.stale',
    'entry.business.stale',
  ]),
  mutant('M4', 'nothing is acknowledged', 'session', ['acked: this.applied', 'acked: 0']),
  mutant('M5', 'what was asked before a reset is remembered', 'session', [
    'this.asks.rememberNoneUnderWay();',
    '',
  ]),
  mutant('M6', 'a gap is overlooked', 'session', ['if (seq !== this.applied + 1)', 'if (false)']),
  mutant('M7', 'a token has two secrets', 'remembered-verdicts', ['this.forgetToken(fact.verdict.jti);', '']),
  mutant('M8', 'more is remembered than was told', 'remembered-verdicts', [
    'if (this.entries.size > this.max)',
    'if (false)',
  ]),
  mutant(
    'M10',
    'something is remembered with room for none',
    'remembered-verdicts',
    ['if (this.max === 0)', 'if (false)'],
    ['if (this.entries.size > this.max)', 'if (this.entries.size > Math.max(1, this.max))'],
  ),
  mutant('J1', 'a token is good at the millisecond of its end', 'verifier', [
    'remembered.expiresAtMs <= ',
    'remembered.expiresAtMs < ',
  ]),
  mutant('J2', 'addresses are not looked at', 'judgement', ['trustedIps !== null && ', 'false && ']),
  mutant('J3', 'write is worth nothing for read', 'judgement', [
    "if (needed.endsWith(':read') && ",
    'if (false && ',
  ]),
  mutant('J4', 'scopes come before addresses', 'judgement', [
    "return inactive('ip_not_allowed');",
    "return question?.scopes && !coversAll(verdict.scopes, question.scopes) ? inactive('insufficient_scope') : inactive('ip_not_allowed');",
  ]),
  mutant('J5', 'what cannot be a secret is asked', 'verifier', ['if (!couldBeSecret(secret))', 'if (false)']),
  mutant('Q1', 'questions are joined without a lease', 'session', [
    'underWay !== undefined && this.lease.holdsAt(this.clock.monotonicMs())',
    'underWay !== undefined',
  ]),
  mutant('Q3', 'an answer to nothing is overlooked', 'session', [
    'if (ask === undefined)\n            return this.refuse();',
    'if (ask === undefined)\n            return;',
  ]),
  mutant('Q4', 'no answer is an answer', 'verifier', [
    "return inactive('unavailable')",
    "return inactive('unknown')",
  ]),
  mutant('E1', 'the next connection begins with what the last one remembered', 'stream', [
    'this.memory.forgetEverything();',
    '',
  ]),
  mutant('E2', 'nothing ends with a bye', 'stream', [
    "end(code === 'credential_ended' ? CLOSE_CREDENTIAL_ENDED : CLOSE_OTHER, null);",
    '',
  ]),
  mutant('E4', 'a refused credential is asked around', 'verifier', [
    'this.#stream.credentialIsRefused || ',
    '',
  ]),
  mutant('E5', 'a silent connection stays', 'session', ['> 3 * this.termMs', '> 30 * this.termMs']),
  mutant('E6', 'a connection without a welcome stays', 'stream', [
    'WITHIN_MS = 10_000',
    'WITHIN_MS = 60_000',
  ]),
  mutant('F1', 'facts are handled after what followed them', 'stream', [
    'received: (text) => link.session?.receive(text)',
    `received: (text) => text.includes('"fact"') ? this.platform.soon(() => link.session?.receive(text)) : link.session?.receive(text)`,
  ]),
  mutant('F2', 'a message of a later version ends the connection', 'frames', [
    'return UNKNOWN_TYPE;',
    'return null;',
  ]),
  mutant('F3', 'an entry of an unknown kind is overlooked', 'frames', [
    "return value[0] === 'token' || value[0] === 'owner' || value[0] === 'business';",
    'return true;',
  ]),
  mutant('F4', 'a fraction is a whole number', 'frames', [
    'Number.isSafeInteger(value)',
    'Number.isFinite(value)',
  ]),
  mutant('F5', 'an epoch that is a number is none', 'frames', [" || typeof value === 'number'", '']),
  mutant('F6', 'a verdict without a name is one', 'fact', ['!isStringOrNull(name) || ', '']),
];

/** Rules that need real sockets, broken. */
export const MUTANTS_ON_SOCKETS: readonly Mutant[] = [
  {
    rule: 'Q2',
    breaks: 'more questions are unanswered than a server takes',
    file: 'asks',
    edits: [['OUTSTANDING_MAX = 1000', 'OUTSTANDING_MAX = 5000']],
  },
  {
    rule: 'E3',
    breaks: 'it goes without a word',
    file: 'stream',
    edits: [['            link.wire.send(LEAVE);', '']],
  },
  {
    rule: 'E1',
    breaks: 'the memory answers when the connection has failed, until it is closed',
    file: 'dial',
    edits: [
      ["() => socket.terminate());\n    socket.on('close'", "() => undefined);\n    socket.on('close'"],
    ],
  },
];
