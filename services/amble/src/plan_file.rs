//! Store plans by the name of a file or of a shop that everybody knows.

use std::{fs, path::Path};

use amble_proto::plan::StorePlan;
use amble_store::plan::{Fault, PROFILES, check, known};

use crate::failure::{Explain as _, Failure};

/// The seed of a known shop where none is given.
pub const SEED: u64 = 1;

/// The plan in the file of that name or, when there is no such file, of the shop of that name.
///
/// # Errors
/// When there is neither, or the file has faults: all of them are named.
pub fn open(name: &str) -> Result<StorePlan, Failure> {
    if Path::new(name).exists() {
        return read(Path::new(name));
    }
    by_name(name, SEED).map_err(|_| {
        Failure::new(format!(
            "there is no store plan {name:?}: neither a file nor one of {}; write one with \
             `amble store new kiosk -o {name}`",
            names().join(", ")
        ))
    })
}

/// The known shop of that name.
///
/// # Errors
/// When there is none.
pub fn by_name(name: &str, seed: u64) -> Result<StorePlan, Failure> {
    known(name, seed).ok_or_else(|| {
        Failure::usage(format!(
            "there is no shop called {name:?}; known: {}",
            names().join(", ")
        ))
    })
}

/// The plan in a file. Its warnings are logged.
///
/// # Errors
/// When it can't be read or has faults: all of them are named.
pub fn read(path: &Path) -> Result<StorePlan, Failure> {
    let text = fs::read_to_string(path)
        .explain(|| format!("cannot read the store plan {}", path.display()))?;
    parse(&text, path)
}

/// The plan in the text of a file. Its warnings are logged.
///
/// # Errors
/// When it has faults: all of them are named.
pub fn parse(text: &str, path: &Path) -> Result<StorePlan, Failure> {
    let (plan, warnings) = checked(text, path)?;
    for warning in warnings {
        tracing::warn!(file = %path.display(), "{warning}");
    }
    Ok(plan)
}

/// The plan in the text of a file, and its warnings.
///
/// # Errors
/// When it has faults: all of them are named.
pub fn checked(text: &str, path: &Path) -> Result<(StorePlan, Vec<Fault>), Failure> {
    check(text).map_err(|faults| {
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| format!("  {}:{fault}", path.display()))
            .collect();
        Failure::new(format!(
            "the store plan can't be used:\n{}",
            lines.join("\n")
        ))
    })
}

/// The shops that are known by name.
pub fn names() -> Vec<&'static str> {
    PROFILES
        .iter()
        .map(|profile| profile.name)
        .chain(["nanostore"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_found_by_file_or_name_and_what_is_neither_is_told_what_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kiosk.json");
        let text = amble_store::plan::to_text(&by_name("kiosk", 7).unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        assert_eq!(
            open(file.to_str().unwrap()).unwrap(),
            by_name("kiosk", 7).unwrap()
        );
        assert_eq!(open("kiosk").unwrap(), by_name("kiosk", SEED).unwrap());

        let text = open("kisok").unwrap_err().to_string();
        assert!(
            text.contains("kisok") && text.contains("nanostore"),
            "{text}"
        );
    }

    #[test]
    fn every_fault_of_a_file_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.json");
        fs::write(&file, r#"{"format": 3}"#).unwrap();
        let text = read(&file).unwrap_err().to_string();
        assert!(
            text.contains("bad.json:1:") && text.contains("cameras"),
            "{text}"
        );
    }
}
