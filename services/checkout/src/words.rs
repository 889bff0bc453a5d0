//! What a receipt or a correction says beside names and numbers, in the languages it is written in.
//!
//! 1. A language that is not known, or none, is English: a receipt is never held up by its words.
//! 2. Every language has every word.

/// The words of one language.
pub(crate) struct Words {
    /// Its tag, as HTML names it (BCP 47).
    pub(crate) tag: &'static str,
    pub(crate) receipt: &'static str,
    pub(crate) entered: &'static str,
    pub(crate) left: &'static str,
    pub(crate) product: &'static str,
    pub(crate) quantity: &'static str,
    pub(crate) price: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) tax: &'static str,
    pub(crate) rate: &'static str,
    pub(crate) net: &'static str,
    pub(crate) total: &'static str,
    pub(crate) nothing: &'static str,
    /// Before the number of weight changes that nobody is charged for.
    pub(crate) unclear: &'static str,
    /// A correction, and before the id of the receipt that it corrects.
    pub(crate) correction: &'static str,
    pub(crate) corrects: &'static str,
    pub(crate) decided: &'static str,
    /// Before what is given back.
    pub(crate) refund: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    receipt: "Receipt",
    entered: "Entered",
    left: "Left",
    product: "Product",
    quantity: "Quantity",
    price: "Price",
    amount: "Amount",
    tax: "Tax",
    rate: "Rate",
    net: "Net",
    total: "TOTAL",
    nothing: "Nothing taken",
    unclear: "Unclear and not charged",
    correction: "Correction",
    corrects: "To receipt",
    decided: "Decided",
    refund: "Given back",
};

const GERMAN: Words = Words {
    tag: "de",
    receipt: "Beleg",
    entered: "Betreten",
    left: "Verlassen",
    product: "Artikel",
    quantity: "Menge",
    price: "Preis",
    amount: "Betrag",
    tax: "Steuer",
    rate: "Satz",
    net: "Netto",
    total: "SUMME",
    nothing: "Nichts entnommen",
    unclear: "Unklar und nicht berechnet",
    correction: "Korrektur",
    corrects: "Zu Beleg",
    decided: "Entschieden",
    refund: "Erstattet",
};

const JAPANESE: Words = Words {
    tag: "ja",
    receipt: "領収書",
    entered: "入店",
    left: "退店",
    product: "商品",
    quantity: "数量",
    price: "単価",
    amount: "金額",
    tax: "税",
    rate: "税率",
    net: "税抜",
    total: "合計",
    nothing: "商品なし",
    unclear: "不明のため請求なし",
    correction: "訂正書",
    corrects: "対象領収書",
    decided: "決定",
    refund: "返金",
};

/// The languages that receipts are written in.
pub const LANGUAGES: [&str; 3] = [ENGLISH.tag, GERMAN.tag, JAPANESE.tag];

/// The words of a language by its tag; what follows a hyphen, as in `de-AT`, counts for nothing.
pub(crate) fn words(language: &str) -> &'static Words {
    match language.split('-').next().unwrap_or_default() {
        "de" => &GERMAN,
        "ja" => &JAPANESE,
        _ => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_language_is_english_and_a_region_counts_for_nothing() {
        for (language, tag) in [("", "en"), ("tlh", "en"), ("de-AT", "de"), ("ja", "ja")] {
            assert_eq!(words(language).tag, tag);
        }
        for language in LANGUAGES {
            assert_eq!(words(language).tag, language);
        }
    }
}
