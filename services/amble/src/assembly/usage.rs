//! What this process has used, as the operating system counts it.

use amble_store::Usage;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// What this process has used until now; zeros where the system does not say.
#[must_use]
pub fn now() -> Usage {
    let Ok(pid) = get_current_pid() else {
        return Usage::default();
    };
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing()
            .with_cpu()
            .with_memory()
            .without_tasks(),
    );
    system
        .process(pid)
        .map_or_else(Usage::default, |process| Usage {
            cpu_us: i64::try_from(process.accumulated_cpu_time() * 1_000).unwrap_or(i64::MAX),
            memory_bytes: process.memory(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_uses_time_and_memory() {
        let before = now();
        assert!(before.memory_bytes > 1_000_000);
        let mut after = before;
        while after.cpu_us <= before.cpu_us {
            after = now();
        }
    }
}
