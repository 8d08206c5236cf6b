// @ts-check
/**
 * What takes long to read, to check or to refuse if it is done carelessly: as much of it as a request may hold. No
 * answer to any of it may hold up the others (test/guarantees/event-loop.spec.ts).
 */
const BODY = 98_000;
const ADDRESS = 15_000;

const fill = (unit, length) => unit.repeat(Math.floor(length / unit.length));
const members = (count) =>
  `{${Array.from({ length: count }, (_, index) => `"${index.toString(36)}":1`).join(',')}}`;
const named = (value) =>
  `{"name":${value},"token":${value},"email":${value},"owner_email":${value},"reason":${value}}`;

/** JSON, or what claims to be. */
export const COSTLY_JSON = {
  'unknown members': members(12_500),
  'as many members as are read': members(500),
  'members of a member': `{"name":${members(12_000)}}`,
  'empty objects in a list': `{"scopes":[${fill('{},', BODY)}{}]}`,
  'as many elements as are read': `{"scopes":[${fill('{},', 700)}{}]}`,
  'numbers in a list': `{"scopes":[${fill('1,', BODY)}1]}`,
  'long scopes': `{"name":"a","scopes":["${fill('a', BODY)}"]}`,
  'scopes of many parts': `{"name":"a","scopes":[${fill('"a:a:a:a:a:a:a:a:a:a:a:a",', 2400)}"a"]}`,
  'long texts': named(`"${fill('a', BODY / 5 - 20)}"`),
  'texts of two bytes': named(`"${fill('é', BODY / 10 - 20)}"`),
  'invisible text': named(`"${fill('\u200d', BODY / 15 - 20)}"`),
  'combining marks': named(`"${fill('\u0301', BODY / 10 - 20)}"`),
  'escapes': `{"name":"${fill('\\u0041', BODY)}"}`,
  'escaped quotes': `{"name":"${fill('\\"', BODY)}"}`,
  'backslashes': `{"name":"${fill('\\\\', BODY)}"}`,
  'half surrogates': `{"name":"${fill('\\ud800', BODY)}"}`,
  'white space': `{${fill(' ', BODY)}"name":"x"}`,
  'lists that do not end': fill('[', BODY),
  'objects that do not end': fill('{"a":', BODY),
  'deep lists': '['.repeat(40_000) + ']'.repeat(40_000),
  'one name again and again': `{${fill('"a":1,', BODY)}"a":1}`,
  'prototypes': `{${fill('"__proto__":1,', BODY)}"a":1}`,
  'prototypes, nearly': `{"name":"${fill('_\\u005f_proto__\\"', BODY)}"}`,
  'addresses of many @': `{"email":"${fill('a@', 49_000)}","owner_email":"${fill('a@', 300)}b.c"}`,
  'addresses of many dots': `{"email":"a@${fill('a.', 49_000)}","owner_email":"a@${fill('a.', 300)}"}`,
  'addresses of many quotes': `{"email":"${fill('\\"', 300)}@b.c","owner_email":"\\"${fill(' ', 300)}@b.c"}`,
  'times': `{"expiresAt":"2026-${fill('0', BODY)}","name":"a"}`,
  'trusted addresses': `{"accessTokenTrustedIps":[${fill('{"ipAddress":"::"},', BODY)}{}]}`,
  'a few trusted addresses': `{"accessTokenTrustedIps":[${fill('{"ipAddress":"::/x"},', 4000)}{"ipAddress":7}],"ip":"${fill(':', 300)}"}`,
  'digits': `{"expires_in_days":${fill('9', BODY)}}`,
  'secrets': `{"token":"${fill('dz_', 500)}","accessToken":"${fill('a_', 4000)}"}`,
}; // prettier-ignore

export const COSTLY_FORMS = {
  'parameters': Array.from({ length: 9000 }, (_, index) => `k${index}=1`).join('&'),
  'one parameter again and again': fill('token=a&', BODY),
  'separators': fill('&', BODY),
  'percent signs': `token=${fill('%41', BODY)}`,
  'plus signs': `token=${fill('+', BODY)}`,
  'a long token': `token=${fill('dz_', BODY)}`,
}; // prettier-ignore

export const COSTLY_QUERIES = {
  'unknown parameters': Array.from({ length: 3500 }, (_, index) => index.toString(36)).join('&'),
  'one parameter again and again': fill('limit=1&', ADDRESS),
  'lists': fill('a[]=1&', ADDRESS),
  'separators': fill('&', ADDRESS),
  'percent signs': `cursor=${fill('%41', ADDRESS)}`,
  'a long cursor': `cursor=${fill('A', ADDRESS)}`,
  'a cursor of long text': `cursor=${Buffer.from(JSON.stringify(['created_at desc', 'b'.repeat(1400), 'c'])).toString('base64url')}`,
  'words': `q=${fill('a%20', ADDRESS)}`,
  'action': `action=${fill('a.', ADDRESS)}`,
  'times': `from=${fill('2026-01-01T00:00:00.', ADDRESS)}`,
  'scopes': `scope=${fill('a+', ADDRESS)}`,
}; // prettier-ignore

export const COSTLY_HEADERS = {
  'header fields': Object.fromEntries(Array.from({ length: 1800 }, (_, index) => [`h${index.toString(36)}`, ''])),
  'addresses': { 'x-forwarded-for': fill('1.1.1.1,', ADDRESS) },
  'a long secret': { authorization: `Bearer ${fill('dz_', ADDRESS)}` },
  'spaces': { authorization: `Bearer${fill(' ', ADDRESS)}x` },
  'a long password': { authorization: `Basic ${Buffer.from(`a:${fill('b', 11_000)}`).toString('base64')}` },
  'a password of percent signs': { authorization: `Basic ${Buffer.from(`a:${fill('%41', 11_000)}`).toString('base64')}` },
  'media type parameters': { 'content-type': `application/json${fill('; a=b', ADDRESS)}` },
  'media types': { 'content-type': fill('a/', ADDRESS) },
  'encodings': { 'accept-encoding': fill('gzip;q=0 ,', ADDRESS) },
  'spaces behind an encoding': { 'accept-encoding': `gzip${fill(' ', ADDRESS)}` },
  'request id': { 'x-request-id': fill('a', ADDRESS) },
  'business': { 'x-business-id': fill('a', ADDRESS) },
  'last event': { 'last-event-id': fill('9', ADDRESS) },
}; // prettier-ignore
