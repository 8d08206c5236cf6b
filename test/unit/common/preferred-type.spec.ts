import { prefersLines } from '../../../src/common/http/preferred-type.js';

describe('lines are asked for', () => {
  it.each([
    'application/x-ndjson',
    'Application/X-NDJSON; charset=utf-8',
    'text/html, application/x-ndjson;q=0.5',
    'application/x-ndjson, application/json;q=0.9',
    'application/json;q=0, application/x-ndjson;q=0.001',
    'application/x-ndjson, */*;q=0.1',
  ])('by %s', (accept) => expect(prefersLines(accept)).toBe(true));

  it.each([
    undefined,
    '',
    '*/*',
    'application/*',
    'application/json',
    'application/x-ndjson;q=0',
    'application/x-ndjson;q=0.0',
    'application/json, application/x-ndjson',
    'application/x-ndjson;q=0.9, application/json',
    'application/x-ndjson;q=high',
    'application/x-ndjson;q=2',
    'application/x-ndjsonp',
    ',;,',
  ])('not by %s', (accept) => expect(prefersLines(accept)).toBe(false));
});
