import { randomBytes, randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readFact, type Fact } from '../../../packages/verifier/src/fact.js';
import { RememberedVerdicts } from '../../../packages/verifier/src/remembered-verdicts.js';
import { SecretDigest } from '../../../packages/verifier/src/secret-digest.js';
import type { ActiveVerdict } from '../../../packages/verifier/src/verdict.js';

const REMEMBERED = 50_000;
const BYTES_EACH_MAX = 600;
const OWNERS = 500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  for (let times = 0; times < 3; times++) collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** As it comes from a server: every text in it is another string, also those that are equal. */
function factOf(index: number, ids: string[]): Fact & { verdict: ActiveVerdict } {
  const text = JSON.stringify({
    cacheable: true,
    verdict: {
      active: true,
      id: randomUUID(),
      jti: randomBytes(16).toString('base64url'),
      business_id: ids[index % 10],
      owner: {
        kind: 'user',
        id: ids[index % OWNERS],
        name: `Owner ${index % OWNERS}`,
        email: `owner-${index % OWNERS}@acme.example`,
        role: 'developer',
      },
      name: `token ${index}`,
      scopes: ['orders:read', 'orders:write'],
      expires_at: '2027-11-21T10:00:00.000Z',
      created_at: '2026-11-21T10:00:00.000Z',
    },
    trusted_ips: null,
    expires_at_ms: 1_826_704_800_000 + index,
  });
  return readFact(JSON.parse(text) as Record<string, unknown>) as Fact & { verdict: ActiveVerdict };
}

describe('the memory of a client verifier', () => {
  it('takes less than 600 bytes of heap for each verdict: owners, businesses and scopes are held once', () => {
    const memory = new RememberedVerdicts(REMEMBERED);
    const digest = new SecretDigest();
    const ids = Array.from({ length: OWNERS }, () => randomUUID());
    const before = heapBytes();
    for (let index = 0; index < REMEMBERED; index++)
      memory.keep(digest.of(`dz_${index}`), factOf(index, ids));
    const bytes = (heapBytes() - before) / REMEMBERED;
    expect(memory.size).toBe(REMEMBERED);
    expect(bytes).toBeLessThan(BYTES_EACH_MAX);
    expect(bytes).toBeGreaterThan(100);
  });
});
