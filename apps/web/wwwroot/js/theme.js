// Before the first paint, so that nothing flashes: light, dark, or as the system has it.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const chosen = localStorage.getItem('hdms-theme') ?? 'system';
    document.documentElement.dataset.bsTheme = chosen === 'system' ? (system.matches ? 'dark' : 'light') : chosen;
    document.documentElement.dataset.theme = chosen;
    document.documentElement.classList.toggle('folded', localStorage.getItem('hdms-folded') === 'yes');
  };
  system.addEventListener('change', apply);
  addEventListener('storage', apply);
  window.hdmsTheme = apply;
  apply();
})();
