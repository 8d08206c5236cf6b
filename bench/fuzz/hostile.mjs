// @ts-check
/** Values that software has choked on. None is harmful to a correct server. */
export const HOSTILE_TEXTS = [
  '', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\ufeff', '\u202e\u0645', '𝕏'.repeat(64), 'é'.repeat(300),
  "'; DROP TABLE tokens; --", "' OR '1'='1", '%', '_', '\\', '\\x00', '$1', '${7*7}', '{{7*7}}', '%s%n%x', '%00', '%2e%2e%2f',
  '../../../../etc/passwd', '<script>alert(1)</script>', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', 'true',
  '-1', '0', '1e309', '9223372036854775808', '99999999999999999999999999', '0x10', '1_000', '2026-13-45T99:99:99Z',
  '+275760-09-13T00:00:00.001Z', '0000-00-00', '-000001-01-01T00:00:00Z', '127.0.0.1/33', '::ffff:0:0/129', '0.0.0.0/-1',
  '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', '0199ffff-ffff-7fff-bfff-fffffffffffg',
  'a@b', `${'a'.repeat(330)}@example.com`, 'rescind:platform:admin', 'rescind:*', '*:*', 'a'.repeat(256), 'a'.repeat(5000),
  'eyJvIjoiYXNjIn0', 'bm90IGEgY3Vyc29y', '{"a":1}', '[]', 'dz_', `dz_${'a'.repeat(22)}_${'b'.repeat(33)}_cccccc`, 'f'.repeat(64),
]; // prettier-ignore

const deep = (open, inner, close, depth) => open.repeat(depth) + inner + close.repeat(depth);

/**
 * Values of the wrong kind, put where anything else was expected.
 * @type {unknown[]}
 */
export const HOSTILE_VALUES = [
  null, true, false, 0, -1, 1.5, 1e21, -1e21, 2147483648, 9007199254740993, [], {}, [[]], [null], [{}], { a: { b: 1 } },
  { $ne: null }, { toString: 'x' }, { length: 1 }, ['a', 'a', 'a'], Array(2000).fill('jobs:read'), [1, 2], [' '],
]; // prettier-ignore

/** Whole bodies that are not what they claim. */
export const HOSTILE_BODIES = [
  '', ' ', '{', '}', '{"a":', '[]', '[{}]', 'null', 'true', '0', '"text"', '{"a":1}{"b":2}', '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}', '\ufeff{}', "{'a':1}", '{"name":"a","name":"b"}', '{"name":1e400}',
  '{"name":"\\ud800"}', '{"name":"\\u0000"}', '{"":""}', deep('[', '', ']', 5000), deep('{"a":', '1', '}', 3000),
  `{"name":"${'a'.repeat(120_000)}"}`, '<xml/>', 'a=b&a=c', '%00=%ff', 'token=%zz', 'token=a&token=b', 'token[]=a',
]; // prettier-ignore

/** Path segments, put on the wire as they are. */
export const HOSTILE_SEGMENTS = [
  '%00', '%zz', '%ff%fe', '%2e%2e', '..', '%2F', '%252e', ';', '~', '-', '0', 'null', "'", '%27%20OR%201=1', 'a'.repeat(300),
  'a'.repeat(3000), '%F0%9D%95%8F', '*', '{id}', ':id', '00000000-0000-0000-0000-000000000000', '0199FFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF',
]; // prettier-ignore

/** Query strings, as they are. */
export const HOSTILE_QUERIES = [
  'limit=1&limit=2', 'limit[]=1', 'limit[a]=1', 'limit=%00', 'limit=%zz', 'cursor=%ff', 'cursor[]=', '__proto__=1', 'a'.repeat(4000),
  'limit=', 'limit', '&&&', '=', '?', 'limit=1e3', 'limit=0x10', 'limit=+1', 'limit=%EF%BC%91', 'sort_by=id;--', 'descending=TRUE',
  'include_revoked=1', 'direction=prev', 'direction=prev&cursor=e30', 'offset=-1', 'offset=101', 'constructor[prototype][a]=1',
]; // prettier-ignore

export const HOSTILE_CREDENTIALS = [
  '', 'Bearer', 'Bearer ', 'bearer', 'Basic', 'Basic !!!', 'Basic Og==', 'Basic YTpi', 'Bearer a b', 'Bearer  a', 'Digest a="b"',
  `Bearer ${'a'.repeat(8000)}`, 'Bearer null', 'Bearer undefined', `Bearer ${'f'.repeat(64)}`, 'Bearer dz_a_b_c', 'Bearer \u00e9',
  `Bearer dz_${'a'.repeat(22)}_${'b'.repeat(33)}_cccccc`, 'Bearer a,b', 'Bearer "a"', 'Token a', 'Bearer eyJhbGciOiJub25lIn0.e30.',
]; // prettier-ignore

export const HOSTILE_BUSINESSES = [
  '',
  ' ',
  'null',
  '0',
  'a'.repeat(3000),
  '00000000-0000-0000-0000-000000000000',
  "'",
  '*',
  'a,b',
  '\u00e9',
  '{}',
];

export const CONTENT_TYPES = [
  'application/json', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
  'text/plain', 'application/xml', '', 'application/json, application/json', 'application/problem+json', 'a/b;;;', 'application/JSON ',
]; // prettier-ignore
