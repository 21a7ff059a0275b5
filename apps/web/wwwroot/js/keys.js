// Keys of one letter; off inside inputs, with a modifier, and where somebody has switched them off (WCAG 2.1.4).
import { show } from './forms.js';

let prefix = null, timer = null;

export function startKeys() {
  document.addEventListener('keydown', press);
  document.addEventListener('change', event => {
    if ('keysOff' in event.target.dataset) localStorage.setItem('hdms-keys', event.target.checked ? 'off' : 'on');
  });
  const box = document.querySelector('[data-keys-off]');
  if (box) box.checked = localStorage.getItem('hdms-keys') === 'off';
}

function press(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); commands(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  const inside = target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
  if (event.key === 'Escape' && inside && !target.closest('dialog')) { target.blur(); return; }
  if (inside || target.closest('dialog[open]') || localStorage.getItem('hdms-keys') === 'off') return;
  if (event.key === '?') { event.preventDefault(); document.getElementById('keys')?.showModal(); return; }
  const key = prefix ? `${prefix} ${event.key}` : event.key;
  clearTimeout(timer);
  prefix = null;
  if (event.key === 'g' && !key.includes(' ')) { prefix = 'g'; timer = setTimeout(() => prefix = null, 1500); return; }
  if (key === 'g t') { location.href = '/home'; return; }
  const rows = rowKeys(key, event);
  if (rows) return;
  const found = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(e => e.offsetParent !== null || e.closest('details.menu'));
  if (!found) return;
  event.preventDefault();
  if (found.matches('input, textarea')) { found.focus(); found.select?.(); }
  else if (found.matches('a[data-dialog]')) show(found.href);
  else found.click();
}

function rowKeys(key, event) {
  const rows = [...document.querySelectorAll('[data-rows] tbody tr')];
  const at = rows.findIndex(r => r.classList.contains('current'));
  if (key === 'j' || key === 'k' || key === ']' || key === '[') {
    if (!rows.length) return walk(key, event);
    event.preventDefault();
    const open = rows.findIndex(r => r.classList.contains('open'));
    const from = at >= 0 ? at : open;
    const next = rows[Math.min(rows.length - 1, Math.max(0, from + (key === 'j' || key === ']' ? 1 : -1)))];
    for (const row of rows) row.classList.toggle('current', row === next);
    next.scrollIntoView({ block: 'nearest' });
    next.querySelector('a.row-title').focus({ preventScroll: true });
    if (key === ']' || key === '[') next.querySelector('a.row-title').click();
    return true;
  }
  if (at < 0) return false;
  if (key === 'x') { event.preventDefault(); rows[at].querySelector('input[type=checkbox]')?.click(); return true; }
  if (key === 'Enter' && !event.target.closest('a, button')) { rows[at].querySelector('a.row-title').click(); return true; }
  return false;
}

// On a ticket's own page: the next of the list one came from.
function walk(key, event) {
  if (key !== ']' && key !== '[') return false;
  const list = JSON.parse(sessionStorage.getItem('hdms-list') ?? '[]');
  const at = list.indexOf(document.querySelector('[data-number]')?.dataset.number);
  const to = list[at + (key === ']' ? 1 : -1)];
  if (at >= 0 && to) { event.preventDefault(); location.href = `/tickets/${to}`; }
  return true;
}

// Everything that can be done here, by name.
function commands() {
  const dialog = document.getElementById('dialog');
  if (!dialog) return;
  const doable = [...document.querySelectorAll('.rail a, .ticket-actions a, .ticket-actions button, .topbar a, .tabs a')].filter(e => e.textContent.trim());
  dialog.innerHTML = '<div class="dialog-head"><h2 id="dialog-title">Commands</h2></div><input class="form-control" aria-label="Command" placeholder="What do you want to do?" autocomplete="off"><ul class="hits" aria-label="Commands"></ul>';
  const input = dialog.querySelector('input'), list = dialog.querySelector('ul');
  const fill = () => {
    const words = input.value.toLowerCase();
    list.replaceChildren(...doable.filter(e => e.textContent.toLowerCase().includes(words)).slice(0, 12).map(e => {
      const item = document.createElement('li'), button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn w-100';
      button.textContent = e.textContent.trim().replace(/\s+/g, ' ');
      button.onclick = () => { dialog.close(); if (e.matches('a[data-dialog]')) show(e.href); else e.click(); };
      item.append(button);
      return item;
    }));
  };
  input.oninput = fill;
  input.onkeydown = event => { if (event.key === 'Enter') { event.preventDefault(); list.querySelector('button')?.click(); } };
  fill();
  dialog.showModal();
  input.focus();
}
