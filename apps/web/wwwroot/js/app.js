// Everything here makes pages quicker or livelier; each of them works without.
import { startLive } from './live.js';
import { startKeys } from './keys.js';
import { startChat } from './chat.js';
import { startBoard } from './board.js';
import { startForms } from './forms.js';
import { startTimes } from './times.js';
import { say } from './say.js';

startTimes();
startForms();
startKeys();
startBoard();
startChat();
startLive();

document.addEventListener('click', event => {
  const target = event.target.closest('[data-theme-next], [data-fold], [data-open-rail], [data-help], [data-close], [data-copy]');
  const menu = event.target.closest('details.menu');
  for (const open of document.querySelectorAll('details.menu[open]')) if (open !== menu) open.open = false;
  document.body.classList.toggle('rail-shown', Boolean(event.target.closest('[data-open-rail]')));
  if (!target) return;
  if ('themeNext' in target.dataset) nextTheme();
  if ('fold' in target.dataset) {
    localStorage.setItem('hdms-folded', document.documentElement.classList.contains('folded') ? 'no' : 'yes');
    window.hdmsTheme();
    target.setAttribute('aria-expanded', String(!document.documentElement.classList.contains('folded')));
  }
  if ('help' in target.dataset) document.getElementById('keys').showModal();
  if ('close' in target.dataset && target.closest('dialog')) { event.preventDefault(); target.closest('dialog').close(); }
  if ('copy' in target.dataset) navigator.clipboard?.writeText(target.dataset.copy).then(() => say(`${target.dataset.copy} copied`));
});

function nextTheme() {
  const order = ['system', 'light', 'dark'];
  const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % 3];
  localStorage.setItem('hdms-theme', next);
  window.hdmsTheme();
  nameTheme();
}

function nameTheme() {
  const names = { system: 'as the system', light: 'light', dark: 'dark' };
  for (const label of document.querySelectorAll('[data-theme-name]')) label.textContent = `Theme: ${names[document.documentElement.dataset.theme]}`;
}

nameTheme();
document.addEventListener('htmx:afterSettle', event => { nameTheme(); if (event.detail.boosted) document.getElementById('main')?.focus({ preventScroll: true }); });
for (const [name, shown] of [['offline', true], ['online', false]])
  addEventListener(name, () => { const note = document.getElementById('offline'); if (note) note.hidden = !shown; });
