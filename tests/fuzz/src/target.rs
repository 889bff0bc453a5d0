//! What is fuzzed.

/// A rule of the target's own that an input has broken.
pub type Broken = String;

/// What became of an input that broke nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was taken for good, and went all the way.
    Taken,
    /// It was refused.
    Refused,
}

/// Takes an input.
pub type Feed = Box<dyn Fn(&[u8]) -> Result<Fate, Broken>>;

/// Something that takes bytes from outside.
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Good inputs, to be changed; those of the corpus come on top.
    pub seeds: Vec<Vec<u8>>,
    /// What is put in here and there: words that its parser knows, and numbers at its bounds.
    pub words: &'static [&'static str],
    /// Takes an input.
    pub feed: Feed,
}

impl Target {
    /// A target without seeds and words of its own.
    #[must_use]
    pub fn new(name: &'static str, feed: impl Fn(&[u8]) -> Result<Fate, Broken> + 'static) -> Self {
        Self {
            name,
            seeds: Vec::new(),
            words: &[],
            feed: Box::new(feed),
        }
    }

    /// The same with these seeds.
    #[must_use]
    pub fn seeds(self, seeds: Vec<Vec<u8>>) -> Self {
        Self { seeds, ..self }
    }

    /// The same with these words.
    #[must_use]
    pub fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }
}
