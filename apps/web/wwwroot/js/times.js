// Keeps "3 m ago", "2 h left" and countdowns true, and shows exact times as clocks here do.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function startTimes() {
  tick();
  setInterval(tick, 1000);
  document.addEventListener('htmx:afterSettle', tick);
  document.addEventListener('hdms:refreshed', tick);
}

function tick() {
  const now = Date.now();
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const at = Date.parse(time.dateTime);
    if (time.title.endsWith('UTC')) time.title = exact.format(at);
    set(time, time.dataset.ago === 'exact' ? exact.format(at) : at <= now ? (now - at < 60000 ? 'just now' : `${words(now - at)} ago`) : `in ${words(at - now)}`);
  }
  for (const left of document.querySelectorAll('[data-countdown]')) {
    const s = Math.max(0, Math.round((Date.parse(left.dataset.countdown) - now) / 1000));
    set(left, `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`);
    if (s === 0) left.closest('.undo')?.remove();
  }
}

function set(element, text) { if (element.textContent !== text) element.textContent = text; }

// As the server says it, so that nothing moves when a script takes over.
function words(ms) {
  const m = Math.floor(ms / 60000), h = Math.floor(m / 60), d = Math.floor(h / 24);
  const pair = (big, small) => small ? `${big} ${small}` : big;
  return d >= 30 ? `${d} d` : d ? pair(`${d} d`, h % 24 && `${h % 24} h`) : h ? pair(`${h} h`, m % 60 && `${m % 60} m`) : `${Math.max(m, 1)} m`;
}
