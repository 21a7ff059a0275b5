// Selecting lines, and remembering the list for "next" and "previous".
export function startBoard() {
  document.addEventListener('change', count);
  document.addEventListener('htmx:afterSettle', settle);
  document.addEventListener('hdms:refreshed', count);
  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.id === 'bulk' && !confirm(`${form.elements.action.selectedOptions[0].text}: ${form.querySelector('[data-bulk-count]').textContent}?`)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  settle();
}

function settle() {
  const numbers = [...document.querySelectorAll('[data-rows] tr[data-row]')].map(r => r.dataset.row).filter(Boolean);
  if (numbers.length) sessionStorage.setItem('hdms-list', JSON.stringify(numbers));
  count();
}

function count() {
  const bar = document.querySelector('[data-bulk]');
  if (!bar) return;
  const chosen = document.querySelectorAll('[data-rows] input[name=id]:checked').length;
  const all = Boolean(bar.querySelector('[data-bulk-all]')?.checked);
  bar.hidden = chosen === 0 && !all;
  bar.querySelector('[data-bulk-count]').textContent = all ? 'all that match' : `${chosen} selected`;
}
