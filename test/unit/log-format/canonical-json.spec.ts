import type { AuditDetails } from '../../../src/log-format/audit-action.js';
import { canonicalEvent, canonicalJson } from '../../../src/log-format/canonical-event.js';
import { randomEvent, seededRandom } from './random-event.js';

describe('canonical JSON', () => {
  it('orders members by UTF-16 code units and escapes only what RFC 8785 escapes', () => {
    const sample = {
      '\u20ac': 'Euro',
      '\r': 'CR',
      '\ufb33': 'Hebrew',
      '1': 'One',
      '😀': 'Smile',
      '\u0080': 'C',
      ö: 'O',
    };
    expect(canonicalJson(sample)).toBe(
      '{"\\r":"CR","1":"One","\u0080":"C","ö":"O","€":"Euro","😀":"Smile","\ufb33":"Hebrew"}',
    );
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/</\u007f\u2028')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/</\u007f\u2028"',
    );
    expect(canonicalJson([333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  it.each([NaN, Infinity, '\ud800', { a: '\udead' }, undefined])(
    'refuses %p, which has no canonical form',
    (value) => {
      expect(() => canonicalJson(value)).toThrow();
    },
  );

  it('of an event equals the general serialiser, whatever its texts hold', () => {
    const random = seededRandom(1);
    for (let sequence = 1; sequence <= 3000; sequence += 1) {
      const event = randomEvent(random, sequence, sequence % 5 === 0 ? null : 'b-"é"');
      expect(canonicalEvent(event)).toBe(canonicalJson(event));
      expect(JSON.parse(canonicalEvent(event))).toEqual(event);
    }
  });

  it('of an event refuses a lone surrogate and keeps a text that only looks like an escaped one', () => {
    const event = randomEvent(seededRandom(3), 1, null);
    for (const reason of ['\ud800', 'x\udfff', '\\\ud800']) {
      expect(() => canonicalEvent({ ...event, reason })).toThrow(TypeError);
    }
    for (const reason of ['\\ud800', '\\\\ud800', '\ud7ff', '😀']) {
      expect(canonicalEvent({ ...event, reason })).toBe(canonicalJson({ ...event, reason }));
    }
  });

  it.each([
    '{"10":"b","9":"a","a":1}',
    '{"b":{"z":[{"d":1,"c":[]}],"2":null,"11":true},"a":-0.5e-7}',
    '{"__proto__":{"x":1},"a":"b"}',
    '{"a":{"__proto__":"x"},"toJSON":"y","":"z"}',
    '{"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3,"A":4,"a":[["b",{"y":1,"x":2}]]}',
    '{}',
  ])('of an event takes whatever details there are, in the same order: %s', (text) => {
    const details = JSON.parse(text) as AuditDetails;
    const event = { ...randomEvent(seededRandom(5), 1, null), details };
    expect(canonicalEvent(event)).toBe(canonicalJson(event));
  });

  it.each([NaN, Infinity, { a: [NaN] }, 1n, ['\ud800']])(
    'of an event refuses details that have no canonical form: %p',
    (value) => {
      const details = { value } as unknown as AuditDetails;
      expect(() => canonicalEvent({ ...randomEvent(seededRandom(6), 1, null), details })).toThrow();
    },
  );

  it('of an event ignores members that the log does not hash', () => {
    const event = randomEvent(seededRandom(4), 1, null);
    expect(canonicalEvent({ ...event, leaf_hash: 'x' } as typeof event)).toBe(canonicalJson(event));
  });
});
