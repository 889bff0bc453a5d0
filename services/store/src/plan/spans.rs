//! Where in the file each part of the plan begins.

use std::collections::{BTreeMap, BTreeSet};

/// A place in a file: (line, character), both from 1.
pub(super) type Spot = (usize, usize);

/// What a walk through the file found.
#[derive(Default)]
pub(super) struct Spans {
    /// Where the parts that were asked for begin.
    pub(super) found: BTreeMap<String, Spot>,
    /// Fields that an object has twice, as (path, field, second place).
    pub(super) twice: Vec<(String, String, Spot)>,
}

/// Looks for the parts with these paths in a text that is known to be JSON. A part that is a
/// field begins with its name, so that the spot shows the line that one has to change.
pub(super) fn spans(text: &str, wanted: &BTreeSet<String>) -> Spans {
    let mut walk = Walk {
        rest: text.chars(),
        spot: (1, 1),
        path: String::new(),
        wanted,
        spans: Spans::default(),
    };
    walk.value();
    walk.spans
}

struct Walk<'a> {
    rest: std::str::Chars<'a>,
    spot: Spot,
    path: String,
    wanted: &'a BTreeSet<String>,
    spans: Spans,
}

impl Walk<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.spot = match c {
            '\n' => (self.spot.0 + 1, 1),
            _ => (self.spot.0, self.spot.1 + 1),
        };
        Some(c)
    }

    /// Skips spaces and what separates values.
    fn skip(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n' | ',' | ':')) {
            self.next();
        }
    }

    /// Remembers where the current part begins, if it was asked for and is not yet known.
    fn note(&mut self, spot: Spot) {
        if self.wanted.contains(&self.path) {
            self.spans.found.entry(self.path.clone()).or_insert(spot);
        }
    }

    fn value(&mut self) {
        self.skip();
        self.note(self.spot);
        match self.peek() {
            Some('{') => self.object(),
            Some('[') => self.array(),
            Some('"') => drop(self.string()),
            _ => {
                while !matches!(
                    self.peek(),
                    None | Some(',' | ']' | '}' | ' ' | '\n' | '\r' | '\t')
                ) {
                    self.next();
                }
            }
        }
    }

    fn object(&mut self) {
        self.next();
        let mut names = BTreeSet::new();
        loop {
            self.skip();
            if self.peek() != Some('"') {
                break;
            }
            let spot = self.spot;
            let name = self.string();
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            self.note(spot);
            self.value();
            self.path.truncate(length);
            if let Some(name) = names.replace(name) {
                self.spans.twice.push((self.path.clone(), name, spot));
            }
        }
        self.next();
    }

    fn array(&mut self) {
        self.next();
        for index in 0.. {
            self.skip();
            if matches!(self.peek(), None | Some(']')) {
                break;
            }
            let length = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            self.value();
            self.path.truncate(length);
        }
        self.next();
    }

    /// Skips a string and gives what is between its quotes, escapes as they are.
    fn string(&mut self) -> String {
        self.next();
        let mut content = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => {
                    content.push(c);
                    content.extend(self.next());
                }
                _ => content.push(c),
            }
        }
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_at_its_name_or_at_its_first_character() {
        let text = "{\n \"a\\\"\": \"ü, {\", \"b\": [1,\n  {\"c\": null}],\n \"b\": true}";
        let wanted = ["b", "b[0]", "b[1]", "b[1].c", "nothing"].map(str::to_owned);
        let spans = spans(text, &wanted.into_iter().collect());
        let found: Vec<_> = spans.found.iter().map(|(p, s)| (p.as_str(), *s)).collect();
        assert_eq!(
            found,
            [
                ("b", (2, 17)),
                ("b[0]", (2, 23)),
                ("b[1]", (3, 3)),
                ("b[1].c", (3, 4))
            ]
        );
        assert_eq!(spans.twice, [(String::new(), "b".to_owned(), (4, 2))]);
    }
}
