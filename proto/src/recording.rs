//! Reading and writing recordings: length-delimited [`RecordingEntry`] messages.

use std::io::{self, BufRead, Write};

use prost::Message as _;

use crate::v1::RecordingEntry;

/// The largest entry that is read, in bytes; a store plan is the largest that occurs.
pub const MAX_ENTRY_BYTES: usize = 64 << 20;

/// What can be wrong with a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file can't be read.
    #[error("cannot read the recording at byte {offset}: {source}")]
    Io {
        /// Where.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The length before an entry makes no sense.
    #[error(
        "the recording is damaged at byte {offset}: an entry of {length} bytes; at most {MAX_ENTRY_BYTES} are allowed"
    )]
    BadLength {
        /// Where.
        offset: u64,
        /// What stands there.
        length: u64,
    },
    /// The bytes are no entry.
    #[error("the recording is damaged at byte {offset}: {source}")]
    Decode {
        /// Where.
        offset: u64,
        /// Why.
        source: prost::DecodeError,
    },
    /// The file ends inside an entry.
    #[error("the recording ends inside the entry that begins at byte {offset}: it was cut off")]
    Truncated {
        /// Where.
        offset: u64,
    },
}

/// Reads a recording entry by entry.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    offset: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            buffer: Vec::new(),
        }
    }

    /// Where the next entry begins, in bytes from the start.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next entry, or `None` at the end.
    ///
    /// # Errors
    /// When the file can't be read, is damaged, or ends inside an entry; the error says where.
    pub fn next_entry(&mut self) -> Result<Option<RecordingEntry>, RecordingError> {
        let start = self.offset;
        let Some(length) = self.length(start)? else {
            return Ok(None);
        };
        let size = usize::try_from(length)
            .ok()
            .filter(|&n| n <= MAX_ENTRY_BYTES)
            .ok_or(RecordingError::BadLength {
                offset: start,
                length,
            })?;
        self.buffer.resize(size, 0);
        self.input
            .read_exact(&mut self.buffer)
            .map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => RecordingError::Truncated { offset: start },
                _ => RecordingError::Io {
                    offset: start,
                    source,
                },
            })?;
        self.offset += length;
        RecordingEntry::decode(self.buffer.as_slice())
            .map(Some)
            .map_err(|source| RecordingError::Decode {
                offset: start,
                source,
            })
    }

    fn length(&mut self, start: u64) -> Result<Option<u64>, RecordingError> {
        let mut value = 0_u64;
        for place in 0..10 {
            let buffered = self.input.fill_buf().map_err(|source| RecordingError::Io {
                offset: start,
                source,
            })?;
            let Some(&byte) = buffered.first() else {
                return if place == 0 {
                    Ok(None)
                } else {
                    Err(RecordingError::Truncated { offset: start })
                };
            };
            self.input.consume(1);
            self.offset += 1;
            value |= u64::from(byte & 0x7f) << (7 * place).min(63);
            if byte & 0x80 == 0 {
                return Ok(Some(value));
            }
        }
        Err(RecordingError::BadLength {
            offset: start,
            length: value,
        })
    }
}

/// Writes one entry.
///
/// # Errors
/// When `output` can't be written.
pub fn write_entry(output: &mut impl Write, entry: &RecordingEntry) -> io::Result<()> {
    output.write_all(&entry.encode_length_delimited_to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{RecordedPlan, recording_entry::Entry};

    fn entry(text: &str) -> RecordingEntry {
        let plan = RecordedPlan {
            json: text.to_owned(),
            ..RecordedPlan::default()
        };
        RecordingEntry {
            entry: Some(Entry::Plan(plan)),
        }
    }

    #[test]
    fn what_is_written_is_read_and_a_cut_is_named() {
        let mut bytes = Vec::new();
        write_entry(&mut bytes, &entry("a")).unwrap();
        let second = u64::try_from(bytes.len()).unwrap();
        write_entry(&mut bytes, &entry(&"b".repeat(300))).unwrap();

        let mut reader = Reader::new(bytes.as_slice());
        assert_eq!(reader.next_entry().unwrap(), Some(entry("a")));
        assert_eq!(reader.next_entry().unwrap(), Some(entry(&"b".repeat(300))));
        assert_eq!(reader.next_entry().unwrap(), None);

        let mut cut = Reader::new(&bytes[..bytes.len() - 1]);
        cut.next_entry().unwrap();
        assert!(matches!(
            cut.next_entry(),
            Err(RecordingError::Truncated { offset }) if offset == second
        ));
    }

    #[test]
    fn a_senseless_length_is_refused_before_memory_is_taken() {
        let mut reader = Reader::new([0xff_u8, 0xff, 0xff, 0xff, 0xff, 0x7f].as_slice());
        assert!(matches!(
            reader.next_entry(),
            Err(RecordingError::BadLength { .. })
        ));
    }
}
