import { sessionsOf } from '../../../src/admission/sessions.js';
import { ConfigError } from '../../../src/config/environment.js';
import { databaseConfig } from '../../../src/config/database.config.js';

describe('the sessions of a process', () => {
  it('are divided without a rest', () => {
    expect(sessionsOf(24)).toEqual({ default: 12, revoke: 7, verify: 5, management: 5 });
  });

  it('leave management two at least', () => {
    expect(sessionsOf(21).management).toBe(2);
    expect(() => sessionsOf(20)).toThrow(
      new ConfigError('RESCIND_DATABASE_POOL', 'must be at least 21.').message,
    );
  });

  describe('in the settings', () => {
    const before = { ...process.env };
    afterEach(() => void (process.env = { ...before }));
    const poolOf = (sessions: number): number => {
      process.env['DATABASE_URL'] = 'postgres://rescind@localhost/rescind';
      process.env['RESCIND_DATABASE_POOL'] = String(sessions);
      return databaseConfig().poolMax;
    };

    it('are as many as are divided here, or more', () => {
      expect(sessionsOf(poolOf(21)).management).toBe(2);
      expect(() => poolOf(20)).toThrow('RESCIND_DATABASE_POOL');
    });
  });
});
