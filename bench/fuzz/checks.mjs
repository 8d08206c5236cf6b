// @ts-check
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** What is wrong with an answer by its description: status, media type, body. */
export function contractFaults(operation, request, answer) {
  const { status, text, headers, body } = answer;
  if (status >= 500) return [`answers ${status}: ${text.slice(0, 200)}`];
  const documented =
    operation.responses[status] ??
    operation.responses[`${Math.floor(status / 100)}XX`] ??
    operation.responses.DEFAULT;
  // A segment that ends or changes the path may lead to no route at all.
  if (request.offRoute && [400, 404, 405, 414].includes(status)) return [];
  if (!documented) return [`answers ${status}, which is not documented: ${text.slice(0, 200)}`];
  if (documented.length === 0)
    return text === ''
      ? []
      : [`answers ${status} with a body, and none is documented: ${text.slice(0, 200)}`];
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]
    .trim();
  const media = documented.find((each) => each.type === type || each.type === '*/*');
  if (!media)
    return [
      `answers ${status} as "${type}", documented is ${documented.map((each) => each.type).join(', ')}`,
    ];
  const value = /[/+]json$/.test(type) ? body : text;
  if (media.validate(value)) return [];
  const [error] = media.validate.errors;
  return [
    `answers ${status} with a body unlike its schema: ${error.instancePath || '/'} ${error.message}; ${text.slice(0, 300)}`,
  ];
}

/** The refusals of what no schema forbids. Everything else that a description allows must be taken for what it is. */
const BEYOND_SCHEMAS = [
  // A text with a grammar or an origin of its own.
  /"code":"cursor\.invalid"/,
  /"scimType":"(invalidFilter|invalidPath|invalidValue|noTarget|mutability)"/,
  // Whether a header is needed depends on the caller, and two may contradict each other.
  /the (x-on-behalf-of|x-business-id) header is missing|x-on-behalf-of and x-business-id name different businesses/,
  /Credentials are given in more than one way|The business of the app or user is needed/,
  // What there is: scopes, the size of a log, witnesses, the time, what a business has decided.
  /a scope of the product that exists|A scope does not exist|less than or equal to \d+|No witnesses are asked here/,
  /in the future|ha(s|ve) passed already|policy of the business/i,
  // Infisical and vcita answer so what is 404 and 409 elsewhere.
  /"message":"(The identity has|Token Auth is|invalid token)/,
  // Two members against each other.
  /All logs cannot be followed by sequence, reason, details/,
  /should be later than|A cursor belongs to one finding|A token has one owner|With the status revoked/,
  /never expires has no expiry|Name unused_days, or|should be among those of scopes_only|has one value at a time/,
  /Name created_before or issued_before|name created_before in the selector|What is revoked cannot be revoked again/,
];

/** A request that is as its description says, and is refused as a request that is not. */
export function refusedThoughAllowed(operation, request, { status, text }) {
  if (!request.allowed || ![400, 413, 415, 422].includes(status)) return [];
  if (BEYOND_SCHEMAS.some((pattern) => pattern.test(text))) return [];
  return [`answers ${status} to what its schema allows: ${text.slice(0, 300)}`];
}

/** Finds what belongs to the victim in an answer, other than what the attacker has said: now, or when it was stored. */
export function foreignDetector(victim) {
  const words = [...Object.values(victim.ids).flat(), ...victim.names].map((word) => word.toLowerCase());
  const pattern = new RegExp(
    words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'),
    'g',
  );
  return (request, answer, world) => {
    if (answer.status < 300 && request.method !== 'GET')
      for (const [word] of (request.body ?? '').toLowerCase().matchAll(pattern)) world.told.add(word);
    if (request.actor.platform) return [];
    const said = `${request.path} ${JSON.stringify(request.headers)} ${request.body ?? ''}`.toLowerCase();
    const shown = `${answer.text} ${JSON.stringify(answer.headers)}`.toLowerCase();
    return [...new Set(shown.match(pattern) ?? [])]
      .filter((word) => !said.includes(word) && !world.told.has(word))
      .map((word) => `shows "${word}" of another business`);
  };
}

/** The same request about something that does not exist, or null when it names nothing foreign. */
export function strangerTo(request, victim, unknown) {
  if (request.actor.platform) return null;
  const foreign = new Set(Object.values(victim.ids).flat());
  let replaced = false;
  const replace = (text) =>
    text.replaceAll(UUID, (id) => {
      if (!foreign.has(id)) return id;
      replaced = true;
      return unknown;
    });
  const stranger = {
    ...request,
    path: replace(request.path),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, replace(value)]),
    ),
    body: request.body === undefined ? undefined : replace(request.body),
  };
  return replaced ? stranger : null;
}

/** What must be equal between "not yours" and "does not exist" (R6). */
export function comparable({ status, text }) {
  if (status < 300) return String(status);
  return `${status} ${text
    .replaceAll(UUID, 'ID')
    .replaceAll(/req-[0-9A-Za-z]{14}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')}`;
}
