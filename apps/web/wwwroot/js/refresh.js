// Fetches the page one is on again and takes over its live parts, leaving alone what somebody types.
import { ended, goesOn, hasEnded, isWriting } from './session.js';

let running = null, again = false;

const nameOf = details => details.id || details.querySelector('summary')?.textContent;

export function refresh() {
  if (running) { again = true; return running; }
  running = run().finally(() => { running = null; if (again) { again = false; refresh(); } });
  return running;
}

async function run() {
  const at = location.pathname + location.search;
  let answer;
  try { answer = await fetch(at, { headers: { 'X-Refresh': 'true', Accept: 'text/html' }, credentials: 'same-origin' }); } catch { return; }
  if (at !== location.pathname + location.search) return;
  if (answer.status === 404 || answer.status === 403) { location.replace(at); return; }
  if (hasEnded(answer)) { if (isWriting()) ended(); else location.href = answer.url; return; }
  if (!answer.ok) return;
  goesOn();
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const log = document.getElementById('messages');
  const wasAtEnd = log && innerHeight + scrollY >= document.documentElement.scrollHeight - 120;
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = part.id && fresh.getElementById(part.id);
    if (!next || part.querySelector('details.menu[open]') || part.contains(document.activeElement) && document.activeElement.matches('input,textarea,select')) continue;
    const opened = [...part.querySelectorAll('details[open]')].map(nameOf);
    // What is inside the focused element is left alone: right for a field, but a button would keep the words of what it no longer does.
    const ignoreActiveValue = Boolean(document.activeElement?.matches('input, textarea, select'));
    window.Idiomorph.morph(part, next, { morphStyle: 'outerHTML', ignoreActiveValue, restoreFocus: true });
    const now = document.getElementById(part.id);
    for (const d of now?.querySelectorAll('details') ?? []) if (opened.includes(nameOf(d))) d.open = true;
    if (now) window.htmx?.process(now);
  }
  // The composer stays as it is, with what is typed in it, unless the conversation was closed or opened meanwhile.
  const speaking = document.querySelector('.composer, .closed-chat'), next = fresh.querySelector('.composer, .closed-chat');
  if (speaking && next && speaking.className !== next.className) speaking.replaceWith(next);
  const version = fresh.querySelector('[data-version]')?.dataset.version;
  const article = document.querySelector('[data-version]');
  if (version && article) article.dataset.version = version;
  document.dispatchEvent(new CustomEvent('hdms:refreshed'));
  if (wasAtEnd) scrollTo(0, document.documentElement.scrollHeight);
}
