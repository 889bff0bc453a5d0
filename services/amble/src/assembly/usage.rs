//! What this process has used, as the kernel counts it.

use std::fs;

/// CPU time and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// User and system time since the process began, in microseconds.
    pub cpu_us: i64,
    /// Memory that it holds now, in bytes.
    pub memory_bytes: u64,
}

/// Clock ticks a second and the size of a page: what Linux tells user space on every architecture
/// that Amble is built for.
const TICKS_A_SECOND: i64 = 100;

/// What this process has used until now; zeros where the kernel does not say.
#[must_use]
pub fn now() -> Usage {
    Usage {
        cpu_us: fs::read_to_string("/proc/self/stat")
            .ok()
            .and_then(|s| cpu_us(&s))
            .unwrap_or(0),
        memory_bytes: fs::read_to_string("/proc/self/status")
            .ok()
            .and_then(|s| resident(&s))
            .unwrap_or(0),
    }
}

/// Fields 14 and 15 of `/proc/self/stat`, counted after the name in parentheses.
fn cpu_us(stat: &str) -> Option<i64> {
    let rest = stat.rsplit(')').next()?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: i64 = fields.next()?.parse().ok()?;
    let system: i64 = fields.next()?.parse().ok()?;
    Some((user + system) * (1_000_000 / TICKS_A_SECOND))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_figures_are_read_whatever_the_process_is_called() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(cpu_us(stat), Some(2_000_000));
        assert_eq!(resident("Name:\tx\nVmRSS:\t   12 kB\n"), Some(12_288));
        assert!(now().memory_bytes > 0);
    }
}
