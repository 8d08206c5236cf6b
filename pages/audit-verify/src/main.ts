import { UnreadableInput } from '../../../src/log-format/verifying/unreadable-input.js';
import { whyUnsupported } from './browser-support.js';
import { FileList } from './file-list.js';
import { judge } from './judge.js';
import { elementOf, Outcome } from './outcome.js';

const form = elementOf('form', HTMLFormElement);
const chooser = elementOf('files', HTMLInputElement);
const drop = elementOf('drop', HTMLElement);
const keys = elementOf('keys', HTMLTextAreaElement);
const origin = elementOf('origin', HTMLInputElement);
const requireComplete = elementOf('require-complete', HTMLInputElement);
const verify = elementOf('verify', HTMLButtonElement);
const outcome = new Outcome();
const list = new FileList(elementOf('list', HTMLUListElement), () => outcome.clear());

/** What is shown is of what is given now, never of something before. */
for (const field of [keys, origin, requireComplete]) field.addEventListener('input', () => outcome.clear());

chooser.addEventListener('change', () => {
  void list.add(chooser.files ?? []).then(() => (chooser.value = ''));
});
for (const kind of ['dragover', 'dragleave', 'drop'] as const)
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop') void list.add(event.dataTransfer?.files ?? []);
  });

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});

async function run(): Promise<void> {
  verify.disabled = true;
  outcome.begin();
  try {
    const unsupported = await whyUnsupported();
    if (unsupported !== null) throw new UnreadableInput(unsupported);
    const given = {
      files: [...list.files],
      keys: keys.value,
      origin: origin.value,
      requireComplete: requireComplete.checked,
    };
    outcome.say(await judge(given, (share, events) => outcome.progress(share, events)));
  } catch (error) {
    if (!(error instanceof UnreadableInput)) console.error(error);
    outcome.refuse(
      error instanceof UnreadableInput ? error.message : 'the page has a fault; the console says which',
    );
  } finally {
    verify.disabled = false;
  }
}
