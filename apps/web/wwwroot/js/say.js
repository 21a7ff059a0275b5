// Tells a screen reader something, politely.
export function say(text) { const polite = document.getElementById('polite'); if (polite) polite.textContent = text; }
