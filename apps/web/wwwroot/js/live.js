// One stream for all tabs of the browser: whoever holds the lock listens, and tells the others.
import { refresh } from './refresh.js';
import { say } from './say.js';

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('hdms-live') : null;
let last = sessionStorage.getItem('hdms-last') ?? '';
const looking = new Map();

export function startLive() {
  if (!document.body.classList.contains('app')) return;
  channel?.addEventListener('message', event => take(event.data));
  if (navigator.locks) navigator.locks.request('hdms-live', listen); else listen();
  document.addEventListener('htmx:afterSettle', () => { beThere(); showPresence(); });
  document.addEventListener('hdms:refreshed', showPresence);
  addEventListener('visibilitychange', beThere);
  setInterval(beThere, 20000);
  beThere();
  document.addEventListener('htmx:afterSettle', poll);
  poll();
}

// Work that is going on in the background tells nobody: it is looked at again until it is done, also when an answer fails to come.
let polling = null;
function poll() {
  clearTimeout(polling);
  const work = document.querySelector('[data-poll]');
  if (work) polling = setTimeout(async () => { await refresh(); poll(); }, Number(work.dataset.poll));
}

// Resolves never: the lock is held until the tab is closed, and then another tab takes over.
function listen() {
  return new Promise(() => {
    const open = () => {
      const stream = new EventSource(`/live${last ? `?last=${encodeURIComponent(last)}` : ''}`);
      const types = ['message.posted', 'message.edited', 'message.deleted', 'participant.joined', 'participant.left', 'participant.changed', 'messages.read', 'ticket.changed', 'notification', 'notification.read', 'presence', 'reset'];
      for (const type of types) stream.addEventListener(type, event => {
        if (event.lastEventId) { last = event.lastEventId; sessionStorage.setItem('hdms-last', last); }
        const news = { ...JSON.parse(event.data), type };
        channel?.postMessage(news);
        take(news);
      });
      stream.onopen = () => document.documentElement.dataset.live = 'on';
      // A browser gives up for good on an answer that is no stream; the session may have to be renewed first.
      stream.onerror = () => { document.documentElement.dataset.live = 'off'; if (stream.readyState === EventSource.CLOSED) setTimeout(open, 3000); };
    };
    open();
  });
}

let waiting = null;
function soon() { clearTimeout(waiting); waiting = setTimeout(() => refresh(), 120); }

function take(news) {
  const ticket = document.querySelector('[data-ticket]')?.dataset.ticket;
  const here = ticket && news.ticket_id === ticket;
  switch (news.type) {
    case 'presence':
      looking.set(`${news.ticket_id} ${news.data.user_id}`, { ...news.data, ticket: news.ticket_id });
      showPresence();
      return;
    case 'reset':
      soon();
      return;
    case 'notification':
    case 'notification.read':
      soon();
      if (news.type === 'notification') say(news.data.title ?? 'A notification');
      return;
    case 'participant.left':
      if (here && news.data?.user_id === document.querySelector('[data-me]')?.dataset.me) { leave(ticket); return; }
    // falls through: somebody else has left
    default:
      if (here || document.querySelector('[data-board]') || document.querySelector('[data-home]')) soon();
      if (here && news.type === 'message.posted') say(`New message${news.data?.sender?.first_name ? ` from ${news.data.sender.first_name}` : ''}`);
  }
}

// Whoever is removed sees no more of the ticket from this moment on. Services hear of it one after another, so it is asked more than once
// whether there is another reason to see it.
function leave(ticket) {
  const main = document.getElementById('main');
  if (main) main.hidden = true;
  for (const after of [0, 300, 1000, 2000, 4000]) setTimeout(() => { if (document.querySelector('[data-ticket]')?.dataset.ticket === ticket) refresh(); }, after);
  setTimeout(() => { if (main) main.hidden = false; }, 5000);
}

// Who looks at the tickets of a moderator's list; what changes then comes by the stream.
async function beInPool() {
  const board = document.querySelector('[data-looking]');
  if (!board || document.hidden) return;
  try {
    for (const { ticket_id: ticket, there } of await (await fetch(board.dataset.looking, { headers: { Accept: 'application/json' } })).json())
      for (const one of there) looking.set(`${ticket} ${one.user_id}`, { ...one, ticket });
    showPresence();
  } catch { /* Without it the list says nothing of who is there. */ }
}

// Says that this ticket is being looked at; holds for half a minute, so it is said again.
async function beThere() {
  beInPool();
  const ticket = document.querySelector('[data-ticket]')?.dataset.ticket;
  if (!ticket || document.hidden) return;
  tell(ticket, 'looking');
  try {
    const now = await (await fetch(`/tickets/${ticket}/presence`, { headers: { Accept: 'application/json' } })).json();
    for (const one of now) looking.set(`${ticket} ${one.user_id}`, { ...one, ticket });
    showPresence();
  } catch { /* Without it the page says nothing of who is there. */ }
}

export function tell(ticket, state) {
  fetch(`/tickets/${ticket}/presence`, { method: 'POST', body: new URLSearchParams({ state }), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }).catch(() => {});
}

function showPresence() {
  const now = Date.now(), ticket = document.querySelector('[data-ticket]')?.dataset.ticket;
  const me = document.querySelector('[data-me]')?.dataset.me;
  for (const [key, one] of looking) if (one.user_id === me || one.state === 'gone' || Date.parse(one.until) < now) looking.delete(key);
  const here = [...looking.values()].filter(one => one.ticket === ticket);
  for (const person of document.querySelectorAll('[data-person] .presence')) {
    const one = here.find(o => o.user_id === person.closest('[data-person]').dataset.person);
    person.className = `presence ${one ? one.state : ''}`;
    person.title = one ? (one.state === 'typing' ? 'is typing' : 'is looking at this') : '';
  }
  const names = here.filter(one => one.state !== 'typing').map(nameOf), typing = here.filter(one => one.state === 'typing').map(nameOf);
  const viewers = document.getElementById('viewers'), line = document.getElementById('typing');
  const text = names.length ? `Also here: ${names.join(', ')}` : '';
  if (viewers && viewers.textContent !== text) viewers.textContent = text;
  const typed = typing.length ? `${typing.join(', ')} ${typing.length === 1 ? 'is' : 'are'} typing …` : '';
  if (line && line.textContent !== typed) line.textContent = typed;
  for (const cell of document.querySelectorAll('[data-lookers]')) {
    const there = [...looking.values()].filter(one => one.ticket === cell.dataset.lookers).map(nameOf);
    if ((cell.dataset.there ?? '') === there.join() && cell.children.length === there.length) continue;
    cell.dataset.there = there.join();
    cell.replaceChildren(...there.map(name => {
      const mark = Object.assign(document.createElement('span'), { className: 'avatar', title: `${name} is looking at this` });
      mark.append(Object.assign(document.createElement('span'), { ariaHidden: 'true', textContent: name.split(' ').map(w => w[0]).slice(0, 2).join('') }),
        Object.assign(document.createElement('span'), { className: 'visually-hidden', textContent: `${name} is looking at this.` }));
      return mark;
    }));
  }
}

function nameOf(one) { return [one.person?.first_name, one.person?.last_name].filter(Boolean).join(' ') || 'Somebody'; }
