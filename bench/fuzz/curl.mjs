// @ts-check
const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;

/** The request as a command; control characters in the body as a $'…' string of the shell. */
export function curlOf(url, { method, path, headers, body }) {
  const parts = ['curl -i --path-as-is --globoff -X', method, quoted(url + path)];
  for (const [name, value] of Object.entries(headers))
    if (name !== 'content-length') parts.push('-H', quoted(value === '' ? `${name};` : `${name}: ${value}`));
  if (body !== undefined) {
    const escaped = [...body].map((character) => (/[\x00-\x1f\\']/.test(character) ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : character)).join(''); // prettier-ignore
    parts.push(
      '--data-binary',
      body.length > 4000
        ? `"$(printf %s ${quoted(body.slice(0, 200))}) … ${body.length} characters"`
        : `$'${escaped}'`,
    );
  }
  return parts.join(' ');
}
