// Dialogs over the page, drafts that save themselves, zones of times, one press for one thing.
import { ended, goesOn, hasEnded } from './session.js';

export function startForms() {
  // Before htmx, which would go to the form's own page as well.
  document.addEventListener('click', openDialog, true);
  document.addEventListener('submit', submit, true);
  document.addEventListener('input', typed);
  document.addEventListener('change', changed);
  document.addEventListener('toggle', event => { if (event.target.open && event.target.matches('.edit-title')) event.target.querySelector('[name=title]').select(); }, true);
  for (const name of ['dragover', 'dragleave', 'drop']) document.addEventListener(name, drag);
  document.addEventListener('htmx:afterSettle', zones);
  zones();
}

async function openDialog(event) {
  const link = event.target.closest('a[data-dialog]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  event.stopPropagation();
  link.closest('details.menu')?.removeAttribute('open');
  await show(link.href);
}

export async function show(address) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' } });
  if (hasEnded(answer)) { location.href = answer.url; return; }
  fill(new DOMParser().parseFromString(await answer.text(), 'text/html'), address);
}

function fill(page, address) {
  const form = page.getElementById('form'), dialog = document.getElementById('dialog');
  if (!form || !dialog) { location.href = address; return; }
  dialog.replaceChildren(form);
  zones();
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector('.is-invalid') ?? dialog.querySelector('textarea, input:not([type=hidden]):not([type=radio]), input[type=radio]:checked') ?? dialog.querySelector('button[type=submit]'))?.focus();
}

async function submit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) { event.preventDefault(); event.stopPropagation(); return; }
  // A second press while the first is on its way does nothing.
  if (form.dataset.sent) { event.preventDefault(); event.stopPropagation(); return; }
  if (form.dataset.composer === undefined) { form.dataset.sent = 'yes'; setTimeout(() => delete form.dataset.sent, 4000); }
  const dialog = form.closest('#dialog');
  if (!dialog || !('dialogForm' in form.dataset)) return;
  event.preventDefault();
  event.stopPropagation();
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, event.submitter)), headers: { Accept: 'text/html', 'HX-Request': 'true' } }).catch(() => null);
  delete form.dataset.sent;
  if (!answer) { alertIn(form, 'You seem to be offline. Nothing was changed; try again.'); return; }
  if (hasEnded(answer)) { alertIn(form, 'Your session has ended and nothing was sent. Sign in in another tab, then press again.'); ended(); return; }
  goesOn();
  const location_ = answer.headers.get('HX-Location');
  if (location_) {
    dialog.close();
    // The list one came from stays; a ticket's own page is shown anew.
    const to = document.querySelector('[data-board], [data-inbox]') ? location.pathname + location.search : JSON.parse(location_).path;
    window.htmx.ajax('GET', to, { target: 'body', swap: 'morph:innerHTML show:none' });
    return;
  }
  fill(new DOMParser().parseFromString(await answer.text(), 'text/html'), form.action);
}

function alertIn(form, text) {
  let box = form.querySelector('.alert');
  if (!box) { box = document.createElement('div'); box.className = 'alert alert-danger'; box.setAttribute('role', 'alert'); form.prepend(box); }
  box.textContent = text;
}

let saving = null;
function typed(event) {
  const slider = event.target.closest('[data-shows]');
  if (slider) document.getElementById(slider.dataset.shows).textContent = `${slider.value} %`;
  const find = event.target.closest('[data-suggest]');
  if (find) suggest(find);
  const form = event.target.closest('form[data-draft="true"]');
  if (!form || event.target.type === 'file') return;
  clearTimeout(saving);
  saving = setTimeout(() => save(form), 1200);
}

async function save(form) {
  if (form.dataset.sent || !form.isConnected) return;
  const data = new FormData(form);
  for (const name of [...data.keys()]) if (data.get(name) instanceof File) data.delete(name);
  const note = document.getElementById('saved');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(data), headers: { Accept: 'application/json' } });
    if (hasEnded(answer)) { note.textContent = 'Not saved: your session has ended. It is tried again as you go on.'; ended(); return; }
    goesOn();
    if (answer.status === 204) return;
    const told = await answer.json();
    if (!answer.ok) { note.textContent = `Not saved: ${told.detail}`; return; }
    form.action = told.address;
    form.querySelector('[name=version]').value = told.version;
    history.replaceState(null, '', told.address);
    const now = new Date(), end = new Date(now.getTime() + 7 * 864e5);
    note.textContent = `Saved ${now.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}, expires ${end.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}`;
  } catch { if (note) note.textContent = 'Not saved: you are offline. It is tried again as you go on.'; }
}

function changed(event) {
  const select = event.target.closest('[data-fills]');
  const department = select?.selectedOptions[0]?.dataset.department;
  const target = select && document.getElementById(select.dataset.fills);
  if (department && target && !target.value) target.value = department;
}

let asking = null;
function suggest(input) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    if (input.value.length < 2) return;
    const found = await (await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`)).json().catch(() => []);
    document.getElementById(input.getAttribute('list')).replaceChildren(...found.map(text => Object.assign(document.createElement('option'), { value: text })));
  }, 200);
}

function drag(event) {
  const zone = event.target.closest?.('[data-dropzone], [data-composer]');
  if (!zone || !event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  zone.classList.toggle('over', event.type === 'dragover');
  if (event.type !== 'drop') return;
  const input = zone.querySelector('input[type=file]');
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

// Times are typed as clocks here show them; how far that is from UTC goes along.
function zones() {
  for (const input of document.querySelectorAll('[data-zone]')) {
    const name = input.dataset.zone;
    if (input.form?.elements[name]) continue;
    const hidden = Object.assign(document.createElement('input'), { type: 'hidden', name, value: String(new Date().getTimezoneOffset()) });
    input.after(hidden);
    const hint = input.parentElement.querySelector('[data-zone-hint]');
    if (hint) hint.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}
