import { placeAt } from './api/places';
import { readFirst } from './api/first-reads';
import { SCREENS } from './scripts';
import './styles.css';

/** For the service to say who is signed in. The scripts are being loaded meanwhile. */
const WAIT_MS = 300;

/** Everything that the first picture needs is begun at once, by a script that is there long before the others are. */
async function start(): Promise<void> {
  const place = placeAt(location.pathname);
  const asked = readFirst(place, location.search).catch(() => undefined);
  // What could not be loaded is told, and tried again, by the router.
  if (place !== null) SCREENS[place.screen]().catch(() => undefined);
  // While the other scripts run for the first time nothing else does: what they will want is asked for before that.
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
  await Promise.all([parsed(), styled()]);
  await import('./main');
}

function parsed(): Promise<unknown> | undefined {
  if (document.readyState !== 'loading') return undefined;
  return new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
}

/** Sizes are measured by what is drawn first. */
function styled(): Promise<unknown> | undefined {
  const style = document.querySelector<HTMLLinkElement>('link[rel=stylesheet]');
  if (style === null || style.sheet !== null) return undefined;
  return new Promise((resolve) => {
    for (const event of ['load', 'error']) style.addEventListener(event, resolve, { once: true });
  });
}

void start();
