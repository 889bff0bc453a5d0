// What the pages say, in each language, and how amounts and times are written there.

const WORDS = {
  en: {
    language: 'Language', total: 'Total', in_cart: 'In your cart', empty: 'Nothing yet. What you take appears here.',
    live: 'Live', calling: 'Connecting …', again: 'Reconnecting …', offline: 'No network', done: 'Done',
    as_of: 'as of {time}', stale: 'Not up to date: as of {time}',
    open: 'being decided', unwritten: 'not saved yet', unsure: 'not quite sure',
    each: '{price} each', tax: '{rate} tax on {net}: {tax}',
    fell: 'Total went down by {by}.', put_back: '{name} was put back.', revised: 'Looked at again: {name} is less or not yours.',
    fell_lines: 'Less of: {names}.', fell_restart: 'The shop looked at it again.',
    budget: 'Budget', set: 'Set', clear: 'Clear', budget_in: 'How much do you want to spend, in {currency}?',
    budget_help: 'You are warned when four fifths of it are used.', budget_bad: 'Write an amount such as {example}.',
    budget_within: '{left} left of {budget}', budget_near: 'Nearly used up: {left} left of {budget}',
    budget_over: '{over} over your budget of {budget}',
    stage_open: 'Your pass was scanned. Walk in.', stage_shopping: '', stage_settled: '', stage_left: 'You have left. The receipt is being made.',
    items: { one: '{n} item', other: '{n} items' }, told_total: 'Total {total}, {items}.',
    receipt: 'Receipt', nothing_taken: 'You took nothing, and pay nothing.', share: 'Share', save: 'Save', print: 'Print',
    copied: 'The receipt was copied.', entered: 'Entered', left: 'Left', tax_of: 'Tax {rate} on {net}',
    receipt_id: 'No. {id}', undecided: { one: '{n} thing could not be told apart. It is not charged.', other: '{n} things could not be told apart. They are not charged.' },
    no_pass_title: 'Your cart', no_pass: 'Open this page with the link of your pass.',
    wait_title: 'Not scanned yet', wait: 'Hold your pass to the reader at the entry. Your cart then appears here by itself.',
    declined_title: 'Your payment was declined', declined: 'Show another way to pay, or ask the staff. You can shop meanwhile.',
    bad_pass_title: 'This pass does not work', show_pass: 'Show the pass',
    pass: 'Your pass', pass_code: 'QR code of your pass', pass_scan: 'Hold it to the reader at the entry.',
    party: { one: 'For {n} person', other: 'For {n} people' }, valid: 'Good for {time}', ended: 'This pass has ended. Fetch a new one.',
    to_cart: 'To your cart',
    dispute: 'That’s not mine', dispute_sure: 'Sure? Tap again', dispute_open: 'Being looked at',
    dispute_upheld: 'Looked at: you are right. What was too much is given back.', dispute_rejected: 'Looked at: this line is right.',
    dispute_failed: 'The shop could not be told. Try again.', corrected: 'Corrected',
    PASS_OTHER_STORE: 'It is for another store.', PASS_FORGED: 'This shop does not know who issued it.', PASS_EXPIRED: 'It has ended. Fetch a new one.',
  },
  de: {
    language: 'Sprache', total: 'Summe', in_cart: 'In deinem Warenkorb', empty: 'Noch nichts. Was du nimmst, erscheint hier.',
    live: 'Live', calling: 'Verbinde …', again: 'Verbinde neu …', offline: 'Kein Netz', done: 'Fertig',
    as_of: 'Stand {time}', stale: 'Nicht aktuell: Stand {time}',
    open: 'wird noch entschieden', unwritten: 'noch nicht gespeichert', unsure: 'nicht ganz sicher',
    each: 'je {price}', tax: '{rate} Steuer auf {net}: {tax}',
    fell: 'Die Summe ist um {by} gesunken.', put_back: '{name} wurde zurückgelegt.', revised: 'Noch einmal angesehen: {name} ist weniger oder nicht deins.',
    fell_lines: 'Weniger von: {names}.', fell_restart: 'Der Laden hat noch einmal nachgesehen.',
    budget: 'Budget', set: 'Setzen', clear: 'Löschen', budget_in: 'Wie viel möchtest du ausgeben, in {currency}?',
    budget_help: 'Du wirst gewarnt, wenn vier Fünftel verbraucht sind.', budget_bad: 'Schreib einen Betrag wie {example}.',
    budget_within: 'Noch {left} von {budget}', budget_near: 'Fast verbraucht: noch {left} von {budget}',
    budget_over: '{over} über deinem Budget von {budget}',
    stage_open: 'Deine Karte wurde gelesen. Geh hinein.', stage_shopping: '', stage_settled: '', stage_left: 'Du bist gegangen. Der Beleg entsteht gerade.',
    items: { one: '{n} Artikel', other: '{n} Artikel' }, told_total: 'Summe {total}, {items}.',
    receipt: 'Beleg', nothing_taken: 'Du hast nichts genommen und zahlst nichts.', share: 'Teilen', save: 'Sichern', print: 'Drucken',
    copied: 'Der Beleg wurde kopiert.', entered: 'Betreten', left: 'Verlassen', tax_of: 'Steuer {rate} auf {net}',
    receipt_id: 'Nr. {id}', undecided: { one: '{n} Vorgang blieb unklar. Er wird nicht berechnet.', other: '{n} Vorgänge blieben unklar. Sie werden nicht berechnet.' },
    no_pass_title: 'Dein Warenkorb', no_pass: 'Öffne diese Seite mit dem Link deiner Eintrittskarte.',
    wait_title: 'Noch nicht gelesen', wait: 'Halte deine Eintrittskarte an den Leser am Eingang. Dein Warenkorb erscheint dann von selbst.',
    declined_title: 'Deine Zahlung wurde abgelehnt', declined: 'Zeig eine andere Zahlungsart oder frag das Personal. Du kannst inzwischen einkaufen.',
    bad_pass_title: 'Diese Karte gilt nicht', show_pass: 'Karte zeigen',
    pass: 'Deine Eintrittskarte', pass_code: 'QR-Code deiner Eintrittskarte', pass_scan: 'Halte sie an den Leser am Eingang.',
    party: { one: 'Für {n} Person', other: 'Für {n} Personen' }, valid: 'Gilt noch {time}', ended: 'Diese Karte ist abgelaufen. Hol dir eine neue.',
    to_cart: 'Zum Warenkorb',
    dispute: 'Das ist nicht von mir', dispute_sure: 'Sicher? Noch einmal tippen', dispute_open: 'Wird geprüft',
    dispute_upheld: 'Geprüft: Du hast recht. Was zu viel war, bekommst du zurück.', dispute_rejected: 'Geprüft: Diese Zeile stimmt.',
    dispute_failed: 'Der Laden war nicht zu erreichen. Versuch es noch einmal.', corrected: 'Berichtigt',
    PASS_OTHER_STORE: 'Sie ist für einen anderen Laden.', PASS_FORGED: 'Dieser Laden kennt nicht, wer sie ausgestellt hat.', PASS_EXPIRED: 'Sie ist abgelaufen. Hol dir eine neue.',
  },
  ja: {
    language: '言語', total: '合計', in_cart: 'カートの中身', empty: 'まだ何もありません。手に取った商品がここに表示されます。',
    live: '接続中', calling: '接続しています…', again: '再接続しています…', offline: 'ネットワークなし', done: '完了',
    as_of: '{time} 現在', stale: '最新ではありません：{time} 現在',
    open: '確認中', unwritten: '未保存', unsure: '確度が低い',
    each: '単価 {price}', tax: '税率 {rate}、税抜 {net}：税額 {tax}',
    fell: '合計が {by} 減りました。', put_back: '{name} が棚に戻されました。', revised: '再確認の結果、{name} が取り消されました。',
    fell_lines: '減った商品：{names}。', fell_restart: '店舗で再確認されました。',
    budget: '予算', set: '設定', clear: '解除', budget_in: '予算はいくらですか（{currency}）',
    budget_help: '予算の8割に達するとお知らせします。', budget_bad: '{example} のように金額を入力してください。',
    budget_within: '残り {left}（予算 {budget}）', budget_near: 'まもなく予算に達します：残り {left}（予算 {budget}）',
    budget_over: '予算 {budget} を {over} 超えています',
    stage_open: 'パスを読み取りました。どうぞお入りください。', stage_shopping: '', stage_settled: '', stage_left: '退店しました。レシートを作成しています。',
    items: { other: '{n} 点' }, told_total: '合計 {total}、{items}。',
    receipt: 'レシート', nothing_taken: '商品を取らなかったため、お支払いはありません。', share: '共有', save: '保存', print: '印刷',
    copied: 'レシートをコピーしました。', entered: '入店', left: '退店', tax_of: '税 {rate}（税抜 {net}）',
    receipt_id: '番号 {id}', undecided: { other: '{n} 件は判別できなかったため、請求されません。' },
    no_pass_title: 'あなたのカート', no_pass: '入店パスのリンクからこのページを開いてください。',
    wait_title: 'まだ読み取られていません', wait: '入口の読み取り機にパスをかざしてください。カートが自動的に表示されます。',
    declined_title: 'お支払いが承認されませんでした', declined: '別のお支払い方法を提示するか、スタッフにお尋ねください。お買い物は続けられます。',
    bad_pass_title: 'このパスは使えません', show_pass: 'パスを表示',
    pass: '入店パス', pass_code: '入店パスのQRコード', pass_scan: '入口の読み取り機にかざしてください。',
    party: { other: '{n} 名用' }, valid: '残り {time} 有効', ended: 'このパスは期限切れです。新しいパスを取得してください。',
    to_cart: 'カートへ',
    dispute: '私のものではありません', dispute_sure: 'よろしいですか？もう一度タップ', dispute_open: '確認しています',
    dispute_upheld: '確認しました：ご指摘のとおりです。差額を返金します。', dispute_rejected: '確認しました：この明細に誤りはありません。',
    dispute_failed: '店舗に伝えられませんでした。もう一度お試しください。', corrected: '訂正',
    PASS_OTHER_STORE: '別の店舗のパスです。', PASS_FORGED: '発行元を確認できません。', PASS_EXPIRED: '期限切れです。新しいパスを取得してください。',
  },
};
const NAMES = { en: 'English', de: 'Deutsch', ja: '日本語' };
const CHOSEN = 'amble.language';

let language = 'en';
let locale = 'en';

/** The text of a key in the reader's language, with its {places} filled. */
export function t(key, places = {}) {
  let text = WORDS[language][key];
  if (typeof text === 'object') {
    const form = new Intl.PluralRules(language).select(places.n);
    text = text[form] || text.other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => places[name]);
}

/** Why the shop refused, in the reader's language if that is a known reason, else as the shop says it. */
export function refusal(problem) {
  return WORDS[language][problem.reason] || problem.message;
}

/** An amount `{minor, currency, digits}`: the integer's digits with the point put between them. */
export function money(amount) {
  const { minor, currency, digits } = amount;
  const figures = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits);
  const text = (minor < 0 ? '-' : '') + (digits ? `${whole}.${figures.slice(-digits)}` : whole);
  const style = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, style).format(text);
}

/** An amount without its currency, as one writes it into a field. */
export function plain(minor, digits) {
  const style = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return new Intl.NumberFormat(locale, style).format(minor / 10 ** digits);
}

/** A rate in hundredths of a percent. */
export function rate(basisPoints) {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(basisPoints / 10000);
}

/** A time of day from milliseconds. */
export function clock(ms) {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(ms);
}

/** Day and time from milliseconds. */
export function date(ms) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** Several names in a row. */
export function list(names) {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}

function use(chosen) {
  language = chosen;
  const wanted = navigator.languages.find((tag) => tag.split('-')[0] === chosen);
  locale = wanted || chosen;
  document.documentElement.lang = chosen;
  for (const place of document.querySelectorAll('[data-t]')) place.textContent = t(place.dataset.t);
  for (const place of document.querySelectorAll('[data-t-label]')) place.setAttribute('aria-label', t(place.dataset.tLabel));
  for (const place of document.querySelectorAll('[data-t-alt]')) place.alt = t(place.dataset.tAlt);
}

/** Chooses the language, lets the reader change it, and calls `changed` after that. */
export function speak(changed) {
  let kept = null;
  try { kept = localStorage.getItem(CHOSEN); } catch { /* A browser that keeps nothing chooses anew each time. */ }
  const known = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => WORDS[tag]);
  use(WORDS[kept] ? kept : known || 'en');
  const select = document.getElementById('language');
  for (const [tag, name] of Object.entries(NAMES)) {
    const option = document.createElement('option');
    option.value = tag;
    option.textContent = name;
    option.lang = tag;
    select.append(option);
  }
  select.value = language;
  select.addEventListener('change', () => {
    try { localStorage.setItem(CHOSEN, select.value); } catch { /* As above. */ }
    use(select.value);
    changed();
  });
}
