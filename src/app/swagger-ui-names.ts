/**
 * A script for Swagger UI's page, which leaves choices, bodies and a button without a name: who listens to the page
 * hears what each is for.
 */
export const SWAGGER_UI_NAMES = `
const nameAll = () => {
  for (const choice of document.querySelectorAll('.swagger-ui select:not([aria-label])')) {
    const parameter = choice.closest('[data-param-name]');
    if (choice.id === 'servers') choice.setAttribute('aria-label', 'Server');
    else if (parameter) choice.setAttribute('aria-label', parameter.dataset.paramName);
  }
  for (const body of document.querySelectorAll('.swagger-ui .body-param__text:not([aria-label])'))
    body.setAttribute('aria-label', 'Request body');
  for (const button of document.querySelectorAll('.swagger-ui .close-modal:not([aria-label])'))
    button.setAttribute('aria-label', 'Close');
};
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
`;
