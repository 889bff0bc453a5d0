//! Files that are there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A file name from an id: letters, digits, `-`, `_` and inner dots stay, other bytes become `%xx`,
/// so that no id leaves its folder and no two share a file.
pub(crate) fn name(id: &str) -> String {
    use std::fmt::Write;
    let mut name = String::with_capacity(id.len());
    for (at, byte) in id.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if at > 0 => name.push('.'),
            _ => {
                // Writing to a string can't fail.
                let _ = write!(name, "%{byte:02x}");
            }
        }
    }
    name
}

/// Writes a file, over an older one of that name.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = draft(path, content)?;
    fs::rename(&draft, path).and_then(|()| sync_folder(path))
}

/// Writes a file unless there is one of that name, also against other processes. Whether it did.
pub(crate) fn create_once(path: &Path, content: &[u8]) -> io::Result<bool> {
    let draft = draft(path, content)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The whole content on disk beside the path, under a name that nobody else uses.
fn draft(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let unique = format!(
        ".draft-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let draft = path.with_file_name(unique);
    let mut file = File::create(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(draft)
}

/// A name is on disk when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Blocking file work off the async threads.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leaves_its_folder_and_no_two_share_a_file() {
        assert_eq!(name("r-2026.11_7"), "r-2026.11_7");
        assert_eq!(name("../../etc/passwd"), "%2e.%2f..%2fetc%2fpasswd");
        assert_eq!(name("a/b"), "a%2fb");
        assert_eq!(name("a%2fb"), "a%252fb");
        assert_eq!(name("."), "%2e");
    }

    #[test]
    fn a_file_is_created_once_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(create_once(&path, b"first").unwrap());
        assert!(!create_once(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        replace(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
