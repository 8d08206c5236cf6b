import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'torture', 'torture.mjs');

interface Report {
  found: number;
  differences: { what: string }[];
  verifications: number;
  revocationsUnderFaults: number;
  violations: { kind: string }[];
}

/** Runs `npm run torture` as it is, and reads its judgement. */
async function torture(...options: string[]): Promise<Report> {
  const child = spawn(process.execPath, [PROGRAM, '--json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(out) as Report;
}

describe('revoked means refused, under faults', () => {
  it('R1, R3: no history of three tortured verifiers has a token active after its revocation was answered', async () => {
    const report = await torture('--seconds', '20', '--seed', '20261121');
    expect(report.violations).toEqual([]);
    expect(report.differences).toEqual([]);
    expect(report.verifications).toBeGreaterThan(200);
    expect(report.revocationsUnderFaults).toBeGreaterThan(5);
  }, 180_000);

  it.each([
    ['the barrier switched off', 'barrier', 'freeze,stall,slow'],
    ['lease checks switched off', 'lease', 'freeze,stall'],
    ['a cache fill that ignores evictions', 'fill', 'slow'],
  ])(
    'with %s, the same program finds violations: it is a check that can fail',
    async (_, sabotage, faults) => {
      const report = await torture(
        '--seconds',
        '55',
        '--seed',
        '7',
        '--sabotage',
        sabotage,
        '--faults',
        faults,
      );
      expect(report.found).toBeGreaterThan(0);
      expect(report.violations[0]?.kind).toBe('active-after-refusal');
    },
    180_000,
  );
});
