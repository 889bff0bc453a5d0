//! Feeds a target.

use std::{
    cell::Cell,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use crate::{
    MEMORY,
    change::Change,
    corpus,
    target::{Fate, Target},
};

/// No input may take longer: it would hold up everything else.
pub const LONGEST: Duration = Duration::from_secs(2);
/// No input, of a megabyte at most, may take more memory at any moment, in bytes: it would end the process.
pub const MOST: usize = 64 << 20;
/// Inputs between two looks at the clock.
const BATCH: u32 = 1_000;
/// Changes of one input at most.
const CHANGES: usize = 8;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// For so long.
    Time(Duration),
    /// So many inputs.
    Inputs(u64),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Inputs that were tried.
    pub inputs: u64,
    /// Those that were taken for good.
    pub taken: u64,
    /// What failed, and why.
    pub failure: Option<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} inputs, {:>9} taken", self.inputs, self.taken)?;
        match &self.failure {
            Some(failure) => write!(f, ", FAILED: {failure}"),
            None => Ok(()),
        }
    }
}

/// Feeds each of these targets, says what came of each, and gives the sum; its failure are all of theirs.
///
/// # Errors
/// When the corpus can't be read or written.
pub fn all(targets: &[Target], seed: u64, each: Limit) -> io::Result<Outcome> {
    let mut sum = Outcome {
        inputs: 0,
        taken: 0,
        failure: None,
    };
    let mut failures = Vec::new();
    for target in targets {
        let outcome = run(target, seed, each)?;
        println!("{:12} {outcome}", target.name);
        sum.inputs += outcome.inputs;
        sum.taken += outcome.taken;
        failures.extend(outcome.failure);
    }
    println!("{:12} {sum}", "all");
    sum.failure = (!failures.is_empty()).then(|| failures.join("\n"));
    Ok(sum)
}

/// Feeds a target with its corpus, and then with what is made of its seeds.
///
/// # Errors
/// When the corpus can't be read or written.
pub fn run(target: &Target, seed: u64, limit: Limit) -> io::Result<Outcome> {
    let began = Instant::now();
    let kept = corpus::all(target.name)?;
    let taken = Cell::new(0);
    let feed = |input: &[u8]| {
        let fate = feed(target, input);
        taken.set(taken.get() + u64::from(fate == Ok(Fate::Taken)));
        fate.map(drop)
    };
    let outcome = |inputs, failure| Outcome {
        inputs,
        taken: taken.get(),
        failure,
    };
    let mut inputs = 0;
    for (name, input) in &kept {
        inputs += 1;
        if let Err(why) = feed(input) {
            let failure: String = format!("corpus/{}/{name}: {why}", target.name);
            return Ok(outcome(inputs, Some(failure)));
        }
    }
    let mut seeds = target.seeds.clone();
    seeds.extend(kept.into_iter().map(|(_, input)| input));
    // Nothing at all is an input as well.
    seeds.push(Vec::new());

    let strategy = (any::<Index>(), vec(Change::any(), 0..CHANGES));
    let made = |(at, changes): &(Index, Vec<Change>)| {
        let mut input = at.get(&seeds).clone();
        for change in changes {
            change.make(&mut input, &seeds, target.words);
        }
        input
    };
    let goes_on = |inputs| match limit {
        Limit::Time(time) => began.elapsed() < time,
        Limit::Inputs(most) => inputs < most,
    };
    let mut batch = 0;
    while goes_on(inputs) {
        let fed = runner(seed, batch).run(&strategy, |value| {
            feed(&made(&value)).map_err(TestCaseError::fail)
        });
        inputs += u64::from(BATCH);
        batch += 1;
        if let Err(error) = fed {
            let failure = match error {
                TestError::Fail(why, value) => {
                    let file = corpus::keep(target.name, seed, &made(&value))?;
                    format!("{}: {why}", file.display())
                }
                TestError::Abort(why) => why.to_string(),
            };
            return Ok(outcome(inputs, Some(failure)));
        }
    }
    Ok(outcome(inputs, None))
}

/// Makes the inputs of one batch of a stream.
fn runner(seed: u64, batch: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&batch.to_le_bytes());
    let config = Config {
        cases: BATCH,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(config, rng)
}

fn feed(target: &Target, input: &[u8]) -> Result<Fate, String> {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let began = Instant::now();
    let fed = catch_unwind(AssertUnwindSafe(|| (target.feed)(input)));
    let took = began.elapsed();
    let memory = MEMORY.peak_usage().saturating_sub(before);
    match fed {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("it panics: {}", text.unwrap_or("and says nothing")))
        }
        Ok(Err(broken)) => Err(broken),
        Ok(Ok(_)) if took > LONGEST => Err(format!("it takes {took:?}")),
        Ok(Ok(_)) if memory > MOST => Err(format!("it takes {memory} bytes of memory")),
        Ok(Ok(fate)) => Ok(fate),
    }
}
