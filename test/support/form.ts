import { exchange, type Answer } from './exchange.js';

export interface FormCall {
  /** The bearer secret; none: no Authorization header. */
  bearer?: string;
  /** Client id and secret of HTTP Basic. */
  basic?: [string, string];
  headers?: [string, string][];
}

/** Posts a form, given as pairs so that a parameter can be given twice, or as the text itself. */
export function postForm(
  url: string,
  path: string,
  form: [string, string][] | string,
  { bearer, basic, headers = [] }: FormCall = {},
): Promise<Answer> {
  const given: [string, string][] = [['content-type', 'application/x-www-form-urlencoded'], ...headers];
  if (bearer !== undefined) given.push(['authorization', `Bearer ${bearer}`]);
  if (basic !== undefined)
    given.push(['authorization', `Basic ${Buffer.from(basic.join(':')).toString('base64')}`]);
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString();
  return exchange(url, { method: 'POST', path, headers: given, body });
}
