//! The words of one line, taken one after another.

/// What is left of a line.
pub(super) struct Words<'a> {
    left: std::iter::Peekable<std::str::SplitWhitespace<'a>>,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self {
            left: line.split_whitespace().peekable(),
        }
    }

    /// The next word.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, String> {
        self.left
            .next()
            .ok_or_else(|| format!("the line ends where {what} is missing"))
    }

    /// Takes a word if it is the next.
    pub(super) fn eats(&mut self, word: &str) -> bool {
        self.left.next_if(|next| *next == word).is_some()
    }

    /// The next word must be this one.
    pub(super) fn must(&mut self, word: &str) -> Result<(), String> {
        let next = self.word(&format!("\"{word}\""))?;
        if next == word {
            Ok(())
        } else {
            Err(format!("\"{next}\" stands where \"{word}\" is expected"))
        }
    }

    /// A number from 0 on, followed by its unit.
    pub(super) fn amount(&mut self, what: &str, unit: &str) -> Result<f64, String> {
        let number = number(self.word(what)?, what)?;
        self.must(unit)?;
        Ok(number)
    }

    /// A count from 1 on, if the next word is one.
    pub(super) fn count(&mut self) -> Option<u32> {
        let count = self.left.peek()?.parse().ok().filter(|&n| n > 0)?;
        self.left.next();
        Some(count)
    }

    /// All words that are left.
    pub(super) fn rest(&mut self) -> Vec<String> {
        self.left.by_ref().map(str::to_owned).collect()
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self) -> Result<(), String> {
        match self.left.next() {
            None => Ok(()),
            Some(word) => Err(format!("\"{word}\" is one word too many")),
        }
    }
}

/// A finite number from 0 on.
pub(super) fn number(word: &str, what: &str) -> Result<f64, String> {
    word.parse()
        .ok()
        .filter(|n: &f64| n.is_finite() && *n >= 0.0)
        .ok_or_else(|| format!("\"{word}\" is no {what}: a number from 0 on is needed"))
}
