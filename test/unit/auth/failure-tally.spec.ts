import { FailureTally } from '../../../src/auth/failed-authentication-recorder.js';
import { mintSecret } from '../../../src/secrets/mint.js';

describe('failed authentications', () => {
  it('of one address and reason are one line with a count', () => {
    const failed = new FailureTally();
    for (let i = 0; i < 500; i += 1) failed.add('203.0.113.7', 'malformed', 'garbage');
    expect(failed.take()).toEqual([
      { ip: '203.0.113.7', failure: 'malformed', prefix: null, publicId: null, count: 500 },
    ]);
    expect(failed.take()).toEqual([]);
  });

  it('keep nothing of a guess but prefix and public id', () => {
    const failed = new FailureTally();
    const { secret, publicId } = mintSecret('dz');
    failed.add('203.0.113.7', 'unknown', secret);
    failed.add('203.0.113.7', 'unknown', secret);
    expect(failed.take()).toEqual([
      { ip: '203.0.113.7', failure: 'unknown', prefix: 'dz', publicId, count: 2 },
    ]);
  });

  it('of an address that guesses on and on stay a handful of lines, and none is lost', () => {
    const failed = new FailureTally();
    for (let i = 0; i < 1000; i += 1) failed.add('203.0.113.7', 'unknown', mintSecret('dz').secret);
    const lines = failed.take();
    expect(lines.length).toBe(4);
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  });

  it('from more addresses than memory should hold are counted together', () => {
    const failed = new FailureTally();
    for (let i = 0; i < 5000; i += 1) failed.add(`203.0.${i >> 8}.${i & 255}`, 'malformed', null);
    const lines = failed.take();
    expect(lines.length).toBe(1001);
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
    failed.putBack(lines);
    expect(failed.take().reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });
});
