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
