//! `amble record`: a simulated day to a file.

use std::{
    fs::{self, File},
    io::BufWriter,
    process::ExitCode,
};

use amble_simulator::PassSigner;

use crate::{
    args::RecordArgs,
    failure::{Explain as _, Failure},
    plan_file,
};

/// Writes the recording and, beside it, the truth.
///
/// # Errors
/// When the plan, the script or the key can't be used, or a file can't be written.
pub fn record(args: &RecordArgs) -> Result<ExitCode, Failure> {
    let plan = plan_file::open(&args.store)?;
    let mut day = args
        .plays
        .read()?
        .day(&plan, args.day.config(&plan)?, args.day.seed)?;
    let mut keys = Vec::new();
    if let Some(path) = &args.pass_key {
        let pem = fs::read_to_string(path).explain(|| format!("cannot read {}", path.display()))?;
        keys.push(super::simulate::public_key(&pem)?);
        day = day.signed_by(PassSigner::from_pem("simulator", &pem)?);
    }
    let create = |path: &std::path::Path| {
        File::create(path)
            .map(BufWriter::new)
            .explain(|| format!("cannot write {}", path.display()))
    };
    let truth = amble_simulator::record(day, keys, &mut create(&args.output)?)?;
    truth.write_lines(&mut create(&args.truth_file())?)?;
    Ok(ExitCode::SUCCESS)
}
