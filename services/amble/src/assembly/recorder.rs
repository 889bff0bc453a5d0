//! The shop's inputs into a file, in the order in which its actors took them.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use amble_proto::{
    recording::write_entry,
    v1::{RecordedPlan, RecordingEntry, recording_entry::Entry},
};
use tokio::sync::mpsc;

/// How long the end waits for those who still hold the shop.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes on a thread of its own, so that no actor waits for the disk.
#[derive(Debug)]
pub struct Recorder {
    thread: JoinHandle<io::Result<()>>,
}

impl Recorder {
    /// Begins a recording with the store's plan; what is sent to the answered queue follows.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn start(
        path: &Path,
        plan: RecordedPlan,
    ) -> io::Result<(Self, mpsc::UnboundedSender<Entry>)> {
        let mut output = BufWriter::new(File::create(path)?);
        let put = |output: &mut BufWriter<File>, entry| {
            write_entry(output, &RecordingEntry { entry: Some(entry) })
        };
        put(&mut output, Entry::Plan(plan))?;
        let (queue, mut entries) = mpsc::unbounded_channel();
        let thread = std::thread::spawn(move || {
            while let Some(entry) = entries.blocking_recv() {
                put(&mut output, entry)?;
                if entries.is_empty() {
                    output.flush()?;
                }
            }
            output.flush()
        });
        Ok((Self { thread }, queue))
    }

    /// Waits until all is written, as long as somebody may still send at most [`PATIENCE`]; what is
    /// written is flushed whenever nothing waits.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn finish(self) -> io::Result<()> {
        let began = Instant::now();
        while !self.thread.is_finished() && began.elapsed() < PATIENCE {
            std::thread::sleep(PATIENCE / 100);
        }
        if !self.thread.is_finished() {
            return Ok(());
        }
        self.thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the recorder panicked")))
    }
}
