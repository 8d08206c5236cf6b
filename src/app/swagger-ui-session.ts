/**
 * A script for Swagger UI's page: says above it who is signed in, or leads to the sign-in of the console and back. The browser
 * sends the cookie of the session with each call by itself, and says with changes that a page of our own asks for them; the
 * script never sees its secret and stores nothing. It enters the business of the session under "Authorize", where whoever
 * acts for the platform enters one.
 */
export const SWAGGER_UI_SESSION = `
const bar = document.createElement('div');
bar.id = 'session';
bar.setAttribute('role', 'region');
bar.setAttribute('aria-label', 'Session');

const link = (text, href) => Object.assign(document.createElement('a'), { textContent: text, href });

const here = () => (location.pathname === '/docs' ? '/docs' + location.search + location.hash : '/docs');

const signedOut = () => {
  const signIn = link('Sign in', '/console/sign-in?return_to=%2Fdocs');
  // What is unfolded on the page is in its address, and changes.
  signIn.addEventListener('click', () => {
    signIn.href = '/console/sign-in?' + new URLSearchParams({ return_to: here() });
  });
  bar.replaceChildren('Nobody is signed in. ', signIn, ' to execute with your session, or press Authorize to enter a token.');
};

const authorizeBusiness = (id) => {
  const enter = () => Boolean(window.ui && window.ui.preauthorizeApiKey('business', id));
  if (enter()) return;
  // The document is still being read.
  const observer = new MutationObserver(() => {
    if (enter()) observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
};

const signedIn = ({ person, business }) => {
  const who = document.createElement('strong');
  who.append(Object.assign(document.createElement('bdi'), { textContent: person.name }));
  const where = document.createElement('bdi');
  where.textContent = business === null ? 'the platform' : business.name;
  bar.replaceChildren('Signed in as ', who, ', ', where, '. Operations are executed with your session. ', link('Console', '/console/'));
  if (business !== null) authorizeBusiness(business.id);
};

document.body.prepend(bar);
fetch('/api/v1/sessions/current', { credentials: 'same-origin', cache: 'no-store' }).then(
  async (answer) => (answer.ok ? signedIn(await answer.json()) : signedOut()),
  () => undefined,
);
`;

/** Its style. */
export const SESSION_STYLE =
  '#session { padding: 10px 20px; background: #fff; color: #3b4151; font: 14px sans-serif; } #session:empty { display: none; }';
