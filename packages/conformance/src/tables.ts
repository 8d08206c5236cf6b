import type { Step, Tables, TestScenario } from './vectors.js';

const SECRET = 'the-secret';

/** Rules of docs/verifier-protocol.md that the rows of each table hold. */
export const RULES_OF_TABLES: Record<keyof Tables, readonly string[]> = {
  scopes: ['J3'],
  addresses: ['J2'],
  expiry: ['J1'],
  frames: ['F2', 'F3', 'F4', 'F6'],
};

/** Their rows as scenarios, as verifier-vectors.json describes them. */
export function scenariosOf(tables: Tables, now: string): TestScenario[] {
  const nowMs = Date.parse(now);
  const asking = (question: object, expected: string): Step => ({
    ask: SECRET,
    ...question,
    from_memory: expected,
  });
  return [
    ...tables.scopes.map(({ granted, asked, covered }) => ({
      rules: RULES_OF_TABLES.scopes,
      name: `scopes ${JSON.stringify(granted)} for ${JSON.stringify(asked)}: ${covered}`,
      granted,
      steps: [
        ...remembers(nowMs),
        asking({ scopes: asked }, covered ? 'reader' : 'insufficient_scope'),
      ] as Step[],
    })),
    ...tables.addresses.map(({ trusted, ip, matches }) => ({
      rules: RULES_OF_TABLES.addresses,
      name: `${JSON.stringify(ip)} in ${JSON.stringify(trusted)}: ${matches}`,
      steps: [
        ...remembers(nowMs, { trusted_ips: trusted }),
        asking(ip === null ? {} : { ip }, matches ? 'reader' : 'ip_not_allowed'),
      ],
    })),
    ...tables.expiry.map(({ expires_after_ms: ms, passes_ms, good }) => ({
      rules: RULES_OF_TABLES.expiry,
      name: `expires after ${ms} ms, asked after ${passes_ms} ms: ${good}`,
      steps: [
        ...remembers(nowMs, { expires_at_ms: ms === null ? null : nowMs + ms }),
        { passes_ms },
        good ? asking({}, 'reader') : { ask: SECRET, as: 'late' },
        ...(good ? [] : [{ sent: { type: 'ask', id: 2, secret: SECRET } }]),
      ],
    })),
    ...tables.frames.map(({ text, after, ends }) => ({
      rules: RULES_OF_TABLES.frames,
      name: `${text} after ${after} ${ends ? 'ends the connection' : 'does not'}`,
      steps: [
        ...begun(after),
        { received_text: text },
        ends ? { closes: 4000 } : { stays: true as const },
        ...(ends && after === 'ask' ? [{ http: 'no answer' as const }] : []),
      ],
    })),
  ];
}

function begun(after: 'open' | 'welcome' | 'ask'): Step[] {
  const opened: Step[] = [
    { open: true },
    { sent: { type: 'hello', version: 1, name: 'vectors', max: 1000 } },
  ];
  if (after === 'open') return opened;
  const welcomed: Step[] = [
    ...opened,
    { received: { type: 'welcome', epoch: 'e1', id: 'welcomed', term_ms: 1000, seq: 0 } },
    { sent: { type: 'beat', n: 1, acked: 0 } },
  ];
  if (after === 'welcome') return welcomed;
  return [...welcomed, { ask: SECRET, as: 'it' }, { sent: { type: 'ask', id: 1, secret: SECRET } }];
}

function remembers(nowMs: number, fact: object = {}): Step[] {
  return [
    ...begun('ask'),
    { received: { type: 'grant', n: 1, epoch: 'e1', ms: 740, db_now: nowMs } },
    {
      received: {
        type: 'fact',
        id: 1,
        cacheable: true,
        verdict: 'reader',
        trusted_ips: null,
        expires_at_ms: null,
        ...fact,
      },
    },
  ];
}
