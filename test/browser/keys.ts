import type { Page } from 'playwright-core';
import { waitFor } from '../support/wait-for.js';

const STOPS_MAX = 60;

interface Focus {
  name: string;
  role: string;
  /** Whether the page shows where the focus is. */
  isSeen: boolean;
}

/**
 * What has the focus at the moment; null: nothing has. What can be typed into has a caret, an entry of a list another ground;
 * what only holds others is no stop of the Tab key.
 */
const FOCUS = String.raw`(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const textOf = (ids) => (ids ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  const names = [
    element.getAttribute('aria-label'),
    textOf(element.getAttribute('aria-labelledby')),
    element.labels?.[0]?.textContent,
    element.textContent,
  ];
  const name = names.find((text) => (text ?? '').trim() !== '') ?? '';
  const pointed = document.getElementById(element.getAttribute('aria-activedescendant') ?? '');
  const isSeen =
    element.matches('input:not([type=checkbox], [type=radio]), textarea, [role=option], [role^=menuitem], [tabindex="-1"]') ||
    [element, pointed, ...(element.closest('label')?.querySelectorAll('*') ?? [])].some((each) => {
      if (each === null) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    });
  return { name: name.replace(/\s+/g, ' ').trim(), role: element.getAttribute('role') ?? element.localName, isSeen };
})()`;

/** A person who has a keyboard alone: nothing here moves or presses a mouse. */
export class Keys {
  constructor(private readonly page: Page) {}

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** Waits until what has that name has the focus, and shows it. @throws Error naming what has it instead */
  async reach(name: RegExp): Promise<void> {
    let last: Focus | null = null;
    await waitFor(`the focus on ${String(name)}`, async () => {
      last = await this.page.evaluate<Focus | null>(FOCUS);
      return last !== null && last.isSeen && name.test(last.name);
    }).catch((error: unknown) => {
      throw new Error(`It is on ${JSON.stringify(last)}`, { cause: error });
    });
  }

  /** Presses Tab until it has the focus. @throws Error when a stop does not show that it has it, or none has that name */
  async tabTo(name: RegExp, role?: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const passed: string[] = [];
    for (let stops = 0; stops < STOPS_MAX; stops += 1) {
      await this.press(key);
      const focus = await this.page.evaluate<Focus | null>(FOCUS);
      if (focus === null) continue;
      if (!focus.isSeen) throw new Error(`“${focus.name}” has the focus, and does not show it`);
      if (name.test(focus.name) && (role === undefined || focus.role === role)) return;
      passed.push(focus.name);
    }
    throw new Error(`${STOPS_MAX} stops without ${name}: ${passed.join(' · ')}`);
  }

  /** Waits until the focus is inside of what a selector names: it is not lost to the page. */
  async kept(inside: string): Promise<void> {
    const isInside = `document.activeElement?.closest(${JSON.stringify(inside)}) != null`;
    await waitFor(`the focus inside of ${inside}`, () => this.page.evaluate<boolean>(isInside));
  }
}
