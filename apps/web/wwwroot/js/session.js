// What to do when the session has ended while somebody was writing: what is typed stays, and signing in is offered beside it.
export const hasEnded = answer => answer.redirected && new URL(answer.url).pathname === '/sign-in';

export function ended() {
  const note = document.getElementById('ended');
  if (!note) return;
  note.querySelector('a').href = signIn();
  note.hidden = false;
}

export function goesOn() {
  const note = document.getElementById('ended');
  if (note) note.hidden = true;
}

// Whether leaving the page would lose something: a field that was changed and is not empty, or an open dialog.
export const isWriting = () =>
  Boolean(document.querySelector('dialog[open]')) ||
  [...document.querySelectorAll('textarea, input:not([type=hidden], [type=radio], [type=checkbox])')].some(field => field.value && field.value !== field.defaultValue);

function signIn() {
  return `/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`;
}
