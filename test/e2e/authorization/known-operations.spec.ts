import { RULES } from '../../support/authorization-rules.js';
import { AUTHORIZATION } from '../../support/authorization-table.js';
import { everyOperation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import { ABOUT_SOMEBODY } from './requests.js';

describe('The table of who may do what', () => {
  it('knows every documented operation of every dialect, and no other', async () => {
    const operations = await everyOperation((await sharedApp()).url);
    const documented = operations.map(({ operationId, method, path }) => operationId ?? `${method} ${path}`);
    expect(documented.sort()).toEqual(Object.keys(AUTHORIZATION).sort());
  });

  it('has a request for each operation that is about somebody', () => {
    const ruled = Object.keys(AUTHORIZATION).filter((id) => AUTHORIZATION[id]?.rule !== undefined);
    expect(ruled.sort()).toEqual(Object.keys(ABOUT_SOMEBODY).sort());
    expect(new Set(Object.values(AUTHORIZATION).map(({ rule }) => rule))).toEqual(
      new Set([undefined, ...Object.keys(RULES)]),
    );
  });

  it('says of each operation whether it takes a credential, as its document does', async () => {
    for (const { operationId = '', needsBearer, security } of await everyOperation((await sharedApp()).url)) {
      const optional = security?.some((each) => Object.keys(each).length === 0) === true;
      // Most operations take a session in place of a token; some take nothing else.
      const takesSession = security?.some((each) => 'session' in each) === true && !needsBearer;
      const scope = AUTHORIZATION[operationId]?.scope;
      expect([operationId, scope === 'open', scope === 'session']).toEqual([
        operationId,
        optional || (!needsBearer && !takesSession),
        takesSession,
      ]);
    }
  });
});
