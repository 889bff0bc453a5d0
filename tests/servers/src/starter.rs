//! Starts processes that die with this one.
//!
//! The kernel sends a process its death signal when the *thread* that started it ends, and a test's
//! thread ends long before those that share its server. So one thread starts them all, and stays.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command},
    sync::{LazyLock, mpsc},
    thread,
};

struct Order {
    command: Command,
    started: mpsc::Sender<io::Result<Child>>,
}

static STARTER: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (orders, waiting) = mpsc::channel::<Order>();
    thread::spawn(move || {
        for mut order in waiting {
            // Who ordered it waits for the answer.
            let _ = order.started.send(order.command.spawn());
        }
    });
    orders
});

/// Starts a command. It stays out of this process's group, so that a Ctrl-C at the terminal ends the
/// test first, and the test its servers.
///
/// # Errors
/// When it can't be started.
pub(crate) fn start(mut command: Command) -> io::Result<Child> {
    command.process_group(0);
    let (started, answer) = mpsc::channel();
    STARTER
        .send(Order { command, started })
        .map_err(io::Error::other)?;
    answer.recv().map_err(io::Error::other)?
}
