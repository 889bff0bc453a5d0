//! Asks a member of etcd how it is, through its HTTP gateway.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// A member that is well answers in a millisecond; a paused one never.
const PATIENCE: Duration = Duration::from_millis(500);

/// How a member sees its cluster.
pub(crate) struct Status {
    /// Whether it leads, as far as it knows.
    pub(crate) leads: bool,
    /// Whether it knows a leader.
    pub(crate) has_leader: bool,
    /// How often leaders were elected, as far as it knows.
    pub(crate) term: u64,
}

/// # Errors
/// When it does not answer.
pub(crate) fn ask(member: &SocketAddr) -> io::Result<Status> {
    let mut stream = TcpStream::connect_timeout(member, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In this version of HTTP the answer ends with the connection.
    stream.write_all(b"POST /v3/maintenance/status HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let status: Value = serde_json::from_str(body)?;
    // 64-bit numbers come as text; zero is left out.
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
    let leader = number(&status["leader"]);
    Ok(Status {
        leads: leader.is_some() && leader == number(&status["header"]["member_id"]),
        has_leader: leader.is_some(),
        term: number(&status["raftTerm"]).unwrap_or(0),
    })
}
