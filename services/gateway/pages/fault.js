// Shows the first thing that goes wrong in a script, whatever it is. It stands alone and comes first, so that
// it works when nothing else does.
'use strict';
(() => {
  const words = {
    en: ['This page has broken down. What it shows may be old.', 'Load it again'],
    de: ['Diese Seite ist gestört. Was sie zeigt, kann veraltet sein.', 'Neu laden'],
    ja: ['ページに問題が発生しました。表示が古い可能性があります。', '再読み込み'],
  };
  let shown = false;

  function show(what) {
    const place = document.getElementById('fault');
    if (shown) return;
    if (!place) {
      document.addEventListener('DOMContentLoaded', () => show(what), { once: true });
      return;
    }
    shown = true;
    const [text, again] = words[document.documentElement.lang] || words.en;
    const say = document.createElement('p');
    say.textContent = text;
    const detail = document.createElement('p');
    detail.className = 'detail';
    detail.textContent = what;
    const button = document.createElement('button');
    button.className = 'button';
    button.textContent = again;
    button.addEventListener('click', () => location.reload());
    place.replaceChildren(say, detail, button);
    place.hidden = false;
  }

  addEventListener('error', (event) => {
    const file = event.target && (event.target.src || event.target.href);
    show(event.message || (file ? `${file} did not load` : 'an error without words'));
  }, true);
  addEventListener('unhandledrejection', (event) => {
    show(String((event.reason && event.reason.message) || event.reason));
  });
})();
