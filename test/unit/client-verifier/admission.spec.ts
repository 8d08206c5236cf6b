import { Admission } from '../../../packages/verifier/src/admission.js';
import { judge, type Question } from '../../../packages/verifier/src/judgement.js';
import type { ActiveVerdict } from '../../../packages/verifier/src/verdict.js';

const VERDICT: ActiveVerdict = {
  active: true,
  id: 't-1',
  jti: 'j-1',
  business_id: 'b-1',
  owner: { kind: 'user', id: 'u-1', name: 'Ada', email: null, role: 'developer' },
  name: null,
  external_id: null,
  metadata: null,
  scopes: ['orders:read'],
  expires_at: null,
  created_at: '2026-11-21T10:00:00.000Z',
};

/** Remembers `dz_1`, bound to `trustedIps` if they are given, and notes what it was asked about. */
function remembering(trustedIps: string[] | null = null) {
  const asked: string[] = [];
  const about = (question?: Question) => judge({ verdict: VERDICT, trustedIps }, question);
  const verify = (secret: string, question?: Question) => {
    asked.push(secret);
    return about(question);
  };
  const verifyCached = (secret: string, question?: Question) =>
    secret === 'dz_1' ? about(question) : undefined;
  return { asked, admission: new Admission({ verify, verifyCached }, { scopes: ['orders:read'] }) };
}

class Request {
  timesAsked = 0;
  get ip(): string {
    this.timesAsked++;
    return '203.0.113.7';
  }
}

describe('Admission', () => {
  it('asks for the address of a request only when a token is bound to addresses', () => {
    const request = new Request();
    expect(remembering().admission.admit('Bearer dz_1', request)).toBe(VERDICT);
    expect(request.timesAsked).toBe(0);
    expect(remembering(['203.0.113.0/24']).admission.admit('Bearer dz_1', request)).toBe(VERDICT);
    expect(remembering(['10.0.0.0/8']).admission.admit('Bearer dz_1', request)).toMatchObject({
      status: 403,
    });
    expect(request.timesAsked).toBe(2);
  });

  it.each(['Bearer dz_2', 'bearer dz_2', 'BEARER  dz_2', 'Bearer dz_2  '])('takes %j', (header) => {
    const { asked, admission } = remembering();
    expect(admission.admit(header, {})).toBe(VERDICT);
    expect(asked).toEqual(['dz_2']);
  });

  it('asks nobody about what the memory can answer', () => {
    const { asked, admission } = remembering();
    expect(admission.admit('Bearer dz_1', {})).toBe(VERDICT);
    expect(asked).toEqual([]);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic dz_1',
    'Bearer dz 1',
    'Bearer dz_é',
    'Bearer =dz',
    'xBearer dz_1',
  ])('asks nobody about %j', (header) => {
    const { asked, admission } = remembering();
    expect(admission.admit(header, {})).toMatchObject({ status: 401 });
    expect(asked).toEqual([]);
  });
});
