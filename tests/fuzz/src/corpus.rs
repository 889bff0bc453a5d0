//! Inputs that are kept, as files: `corpus/TARGET/NAME`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

/// What is kept for a target, by name.
pub fn all(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = folder(target);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        all.push((name, fs::read(entry.path())?));
    }
    all.sort();
    Ok(all)
}

/// Keeps an input that failed; gives back its file.
pub fn keep(target: &str, seed: u64, input: &[u8]) -> io::Result<PathBuf> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    let nth = fs::read_dir(&folder)?.count();
    let file = folder.join(format!("found-{seed}-{nth}"));
    fs::write(&file, input)?;
    Ok(file)
}
