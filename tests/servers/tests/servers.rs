//! The servers do what the crate's front page says of them.

#![allow(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::{
    collections::HashSet,
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use amble_servers::{Etcd, Port, Postgres};

/// Set for the child only.
const CHILD: &str = "AMBLE_TEST_SERVERS";

#[test]
fn a_killed_postgres_starts_again_with_what_it_had_answered() -> io::Result<()> {
    let mut postgres = Postgres::start()?;
    postgres.database("kept")?;
    postgres.kill()?;
    assert!(postgres.database("down").is_err());
    postgres.start_again()?;
    let there = postgres.database("kept").unwrap_err().to_string();
    assert!(there.contains("already exists"), "{there}");
    postgres.stop()?;
    postgres.start_again()?;
    postgres.database("down").map(drop)
}

#[test]
fn a_paused_postgres_answers_when_it_goes_on() -> io::Result<()> {
    /// "Do you speak TLS?", as its protocol has it; the answer is one letter.
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let mut postgres = Postgres::start()?;
    let url = postgres.database("any")?;
    let address = url.split(['@', '/']).nth(3).unwrap();
    postgres.pause()?;
    let mut connection = TcpStream::connect(address)?;
    connection.write_all(&SSL_REQUEST)?;
    connection.set_read_timeout(Some(Duration::from_millis(300)))?;
    let mut letter = [0];
    assert!(connection.read_exact(&mut letter).is_err());
    postgres.resume();
    connection.set_read_timeout(None)?;
    connection.read_exact(&mut letter)?;
    assert_eq!(letter, *b"N");
    Ok(())
}

#[test]
fn etcd_has_another_leader_when_its_leader_is_away() -> io::Result<()> {
    let mut etcd = Etcd::start(3)?;
    assert_eq!(etcd.endpoints().len(), 3);
    let first = etcd.leader()?;
    etcd.kill(first)?;
    let second = etcd.leader()?;
    assert_ne!(first, second);
    etcd.start_again(first)?;
    etcd.ready(first)?;
    etcd.pause(second)?;
    assert_ne!(etcd.leader()?, second);
    etcd.resume(second)?;
    etcd.ready(second)
}

#[test]
fn a_port_is_nobody_elses_before_its_server_listens() -> io::Result<()> {
    // So many of the 15,000 that chance alone would choose some twice.
    let ports: Vec<Port> = (0..500).map(|_| Port::free()).collect::<Result<_, _>>()?;
    let numbers: HashSet<u16> = ports.iter().map(Port::number).collect();
    assert_eq!(numbers.len(), ports.len());
    Ok(())
}

#[test]
fn nothing_outlives_a_killed_test_not_even_paused() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let mut child = Command::new(env::current_exe()?)
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(CHILD, "1")
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let up = lines.map_while(Result::ok).any(|line| line == "up");
    assert!(up && !running_in(folder.path())?.is_empty());
    child.kill()?;
    child.wait()?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while let left = running_in(folder.path())?
        && !left.is_empty()
    {
        assert!(Instant::now() < deadline, "still there: {left:?}");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[test]
#[ignore = "the process that the test above starts and kills"]
fn child() -> io::Result<()> {
    if env::var_os(CHILD).is_none() {
        return Ok(());
    }
    let etcd = Etcd::start(1)?;
    let mut postgres = Postgres::start()?;
    postgres.pause()?;
    println!("\nup");
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(etcd);
    Ok(())
}

/// Processes that work in a folder or were told of it.
fn running_in(folder: &Path) -> io::Result<Vec<String>> {
    let name = folder.to_str().unwrap();
    Ok(fs::read_dir("/proc")?
        .filter_map(|process| Some(process.ok()?.path()))
        .filter_map(|process| {
            let args = fs::read_to_string(process.join("cmdline")).ok()?;
            let works = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
            (works || args.contains(name)).then_some(args)
        })
        .collect())
}
