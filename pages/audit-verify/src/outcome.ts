import type { Judgement } from './judge.js';

/** Where the page says what was found. */
export class Outcome {
  readonly #section = elementOf('outcome', HTMLElement);
  readonly #heading = elementOf('outcome-heading', HTMLHeadingElement);
  readonly #report = elementOf('report', HTMLPreElement);
  readonly #progress = elementOf('progress', HTMLProgressElement);
  readonly #events = elementOf('events', HTMLElement);

  /** Takes back what was said of other files. */
  clear(): void {
    this.#section.hidden = true;
  }

  begin(): void {
    this.#show('working', 'Verifying…', '');
    this.#progress.hidden = false;
    this.#progress.removeAttribute('value');
  }

  progress(share: number, events: number): void {
    this.#progress.value = share;
    this.#events.textContent = `${events.toLocaleString('en')} events`;
  }

  /** The heading is the last line of the report, which says it in a word. */
  say({ verified, report }: Judgement): void {
    this.#show(verified ? 'verified' : 'refused', report.trimEnd().split('\n').at(-1) ?? '', report);
  }

  /** Nothing was found, since nothing could be read. */
  refuse(why: string): void {
    this.#show('refused', 'CANNOT VERIFY', why);
  }

  #show(state: string, heading: string, report: string): void {
    this.#progress.hidden = true;
    this.#events.textContent = '';
    this.#section.dataset.state = state;
    this.#section.hidden = false;
    this.#heading.textContent = heading;
    this.#report.textContent = report;
    this.#report.hidden = report === '';
  }
}

/** @throws Error if the page has no such element */
export function elementOf<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`);
  return found;
}
