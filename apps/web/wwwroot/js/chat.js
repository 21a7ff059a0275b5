// The composer: Enter sends, drafts outlive a reload, pictures are pasted, people are named with @, and what is written offline waits.
import { refresh } from './refresh.js';
import { hasEnded } from './session.js';
import { tell } from './live.js';
import { say } from './say.js';

let toldTyping = 0;

export function startChat() {
  document.addEventListener('keydown', keys);
  document.addEventListener('input', input);
  document.addEventListener('submit', submit, true);
  document.addEventListener('paste', paste);
  document.addEventListener('change', event => { const box = event.target.closest('[data-composer]'); if (box && event.target.type === 'file') showFiles(box); });
  document.addEventListener('htmx:afterSettle', settle);
  document.addEventListener('hdms:refreshed', markRead);
  addEventListener('online', flush);
  settle();
}

const composer = () => document.querySelector('[data-composer]');
const draftOf = box => `hdms-draft ${box.action}`;

function settle() {
  const box = composer();
  if (box) {
    const area = box.elements.message;
    if (!area.value) area.value = localStorage.getItem(draftOf(box)) ?? '';
  }
  markRead();
  flush();
}

function keys(event) {
  const box = event.target.closest?.('[data-composer]');
  if (!box || event.target.name !== 'message') return;
  if (list && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key)) { pick(event, event.target); return; }
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); box.requestSubmit(); }
}

function input(event) {
  const box = event.target.closest?.('[data-composer]');
  if (!box || event.target.name !== 'message') return;
  localStorage.setItem(draftOf(box), event.target.value);
  const ticket = document.querySelector('[data-ticket]')?.dataset.ticket;
  if (ticket && Date.now() - toldTyping > 4000) { toldTyping = Date.now(); tell(ticket, 'typing'); }
  mention(box, event.target);
}

async function submit(event) {
  const box = event.target;
  if (!('composer' in box.dataset)) return;
  event.preventDefault();
  event.stopPropagation();
  const data = new FormData(box);
  const text = data.get('message').trim();
  const files = [...box.querySelector('input[type=file]').files];
  if ((!text && !files.length) || box.dataset.sending) return;
  box.dataset.sending = 'yes';
  for (const person of JSON.parse(box.dataset.participants || '[]')) if (text.includes(`@${person.name}`)) data.append('mentions', person.id);
  box.elements.message.value = '';
  localStorage.removeItem(draftOf(box));
  const line = pending(text);
  try {
    const answer = await fetch(box.action, { method: 'POST', body: data, headers: { Accept: 'application/json' } });
    // The session has ended: what was written is still there after signing in.
    if (hasEnded(answer)) { box.elements.message.value = text; localStorage.setItem(draftOf(box), text); line.remove(); location.href = answer.url; return; }
    if (!answer.ok) throw Object.assign(new Error((await answer.json().catch(() => ({}))).detail ?? 'It could not be sent.'), { refused: true });
    box.elements.key.value = crypto.randomUUID();
    box.querySelector('input[type=file]').value = '';
    showFiles(box);
    await refresh();
    line.remove();
    scrollTo(0, document.documentElement.scrollHeight);
  } catch (error) {
    line.remove();
    if (!error.refused && !files.length) { queue(box, data); say('Kept, and sent when you are back.'); }
    else { box.elements.message.value = text; localStorage.setItem(draftOf(box), text); failed(box, error.refused ? error.message : 'You are offline; nothing was sent.'); }
  } finally { delete box.dataset.sending; }
}

function pending(text) {
  const item = document.createElement('li'), body = document.createElement('div');
  item.className = 'message mine pending';
  body.className = 'text';
  body.textContent = text;
  item.append(body);
  document.getElementById('messages')?.append(item);
  return item;
}

function failed(box, text) {
  let note = box.querySelector('.field-error');
  if (!note) { note = document.createElement('p'); note.className = 'field-error'; note.setAttribute('role', 'alert'); box.prepend(note); }
  note.textContent = text;
  setTimeout(() => note.remove(), 8000);
}

// What could not be sent is kept with its key, so that it is there once, however often it is tried.
function queue(box, data) {
  const waiting = JSON.parse(localStorage.getItem('hdms-queue') ?? '[]');
  waiting.push({ to: box.action, key: data.get('key'), message: data.get('message'), mentions: data.getAll('mentions') });
  localStorage.setItem('hdms-queue', JSON.stringify(waiting));
  box.elements.key.value = crypto.randomUUID();
  const line = pending(data.get('message'));
  line.title = 'Waits until you are back';
  const note = document.getElementById('offline');
  if (note) note.hidden = false;
  setTimeout(flush, 3000);
}

let flushing = false;
async function flush() {
  if (flushing || !navigator.onLine) return;
  const waiting = JSON.parse(localStorage.getItem('hdms-queue') ?? '[]');
  if (!waiting.length) return;
  flushing = true;
  try {
    while (waiting.length) {
      const form = new FormData();
      for (const name of ['key', 'message']) form.append(name, waiting[0][name]);
      for (const person of waiting[0].mentions) form.append('mentions', person);
      const answer = await fetch(waiting[0].to, { method: 'POST', body: form, headers: { Accept: 'application/json' } });
      if (answer.status >= 500 || answer.status === 429 || answer.redirected) break;
      waiting.shift();
      localStorage.setItem('hdms-queue', JSON.stringify(waiting));
    }
    if (!waiting.length) { const note = document.getElementById('offline'); if (note) note.hidden = true; }
    for (const line of document.querySelectorAll('.message.pending')) line.remove();
    await refresh();
  } catch { /* Still away. */ } finally { flushing = false; if (waiting.length) setTimeout(flush, 5000); }
}

function paste(event) {
  const box = event.target.closest?.('[data-composer]');
  const pictures = [...(event.clipboardData?.files ?? [])];
  if (!box || !pictures.length) return;
  event.preventDefault();
  const all = new DataTransfer(), field = box.querySelector('input[type=file]');
  for (const file of [...field.files, ...pictures]) all.items.add(file);
  field.files = all.files;
  showFiles(box);
}

function showFiles(box) {
  const names = [...box.querySelector('input[type=file]').files].map(f => Object.assign(document.createElement('span'), { className: 'tag', textContent: f.name }));
  box.querySelector('[data-files]').replaceChildren(...names);
  box.elements.message.required = names.length === 0;
}

let told = null;
function markRead() {
  const last = [...document.querySelectorAll('[data-message]')].at(-1)?.dataset.message;
  const ticket = document.querySelector('[data-ticket]')?.dataset.ticket;
  if (!last || !ticket || document.hidden || told === last) return;
  told = last;
  fetch(`/tickets/${ticket}/read`, { method: 'POST', body: new URLSearchParams({ message: last }) }).catch(() => {});
}

let list = null, chosen = 0;
function mention(box, area) {
  const word = /(?:^|\s)@([\p{L} ]{0,30})$/u.exec(area.value.slice(0, area.selectionStart))?.[1];
  const people = word === undefined ? [] : JSON.parse(box.dataset.participants || '[]').filter(p => p.name.toLowerCase().startsWith(word.toLowerCase()));
  list?.remove();
  list = null;
  if (!people.length) return;
  list = document.createElement('ul');
  list.className = 'mentions';
  list.setAttribute('role', 'listbox');
  chosen = 0;
  list.append(...people.map((p, i) => {
    const item = Object.assign(document.createElement('li'), { textContent: p.name, role: 'option', ariaSelected: String(i === 0) });
    item.onmousedown = event => { event.preventDefault(); put(area, p.name, word); };
    return item;
  }));
  box.prepend(list);
}

function pick(event, area) {
  const items = [...list.children];
  if (event.key === 'Escape') { list.remove(); list = null; return; }
  event.preventDefault();
  if (event.key.startsWith('Arrow')) {
    chosen = (chosen + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length;
    items.forEach((item, i) => item.ariaSelected = String(i === chosen));
    return;
  }
  put(area, items[chosen].textContent, /@([\p{L} ]{0,30})$/u.exec(area.value.slice(0, area.selectionStart))?.[1] ?? '');
}

function put(area, name, word) {
  area.setRangeText(`@${name} `, area.selectionStart - word.length - 1, area.selectionStart, 'end');
  list?.remove();
  list = null;
}
