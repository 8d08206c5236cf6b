import { noteSecret } from '../test-run.js';

/** Where a request has led to. */
export interface Step {
  url: string;
  status: number;
  /** Absolute; null: it leads nowhere else. */
  location: string | null;
  setCookies: string[];
  headers: Headers;
  text: string;
}

/** What of a browser matters for signing in: cookies of a host, whatever the port, and redirects, one at a time. */
export class Browser {
  readonly cookies = new Map<string, string>();

  async go(
    url: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Step> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method: init.method ?? 'GET',
      ...(init.body === undefined ? {} : { body: init.body }),
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
      redirect: 'manual',
    });
    const setCookies = answer.headers.getSetCookie();
    for (const each of setCookies) this.keep(each);
    const location = answer.headers.get('location');
    return {
      ...{ url, status: answer.status, setCookies, headers: answer.headers, text: await answer.text() },
      location: location === null ? null : new URL(location, url).href,
    };
  }

  /** Follows redirects up to the first address that `until` takes, which is not asked for, or to the first answer that is none. */
  async follow(url: string, until: (url: string) => boolean): Promise<{ url: string; steps: Step[] }> {
    const steps: Step[] = [];
    let next = url;
    while (!until(next)) {
      if (steps.length > 20) throw new Error('the redirects do not end');
      const step = await this.go(next);
      steps.push(step);
      if (step.location === null) throw new Error(`${next} was answered with ${step.status}: ${step.text}`);
      next = step.location;
    }
    return { url: next, steps };
  }

  private keep(setCookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? [];
    const isOver = /;\s*max-age=0/i.test(setCookie) || /expires=Thu, 01 Jan 1970/i.test(setCookie);
    if (isOver) this.cookies.delete(name);
    else {
      this.cookies.set(name, value);
      if (name.startsWith('__Host-')) noteSecret(value);
    }
  }
}
