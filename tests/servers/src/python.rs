//! Servers whose programs come from PyPI: `tests/checkout/checkout.txt` names them.

use std::{io, net::TcpStream, path::Path, process::Command, sync::OnceLock};

use crate::{
    place::Place,
    ports::Port,
    process::{Process, done},
};

/// Dies with the one who started it.
const DEATH: &str = "--pdeathsig=KILL";

/// Starts a program of `tests/checkout`; it is there when its port takes connections.
///
/// # Errors
/// When its packages can't be had, or it does not start.
pub(crate) fn start(
    program: &str,
    port: &Port,
    args: &[String],
    log: &Path,
) -> io::Result<Process> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = root.join("tests/checkout").join(program);
    let mut all = vec![
        "-B".to_owned(),
        script.display().to_string(),
        port.number().to_string(),
    ];
    all.extend_from_slice(args);
    let python = python(&root)?;
    let death = [DEATH.to_owned()];
    let mut process = Process::start(&Place::here(), Path::new(&python), &death, &all, log)?;
    process.ready(|| TcpStream::connect(port.address()).is_ok())?;
    Ok(process)
}

/// The Python that has the packages; made when it is first needed.
fn python(root: &Path) -> io::Result<String> {
    static PYTHON: OnceLock<String> = OnceLock::new();
    if let Some(python) = PYTHON.get() {
        return Ok(python.clone());
    }
    let said = done(Command::new(root.join("scripts/python")).arg("checkout"))?;
    Ok(PYTHON.get_or_init(|| said.trim().to_owned()).clone())
}
