//! `amble evaluate` with less hardware: one shop with less, or a curve from all of it downwards.

use std::process::ExitCode;

use super::{days::days, evaluate::tell, replay::How};
use crate::{
    args::EvaluateArgs,
    config::Config,
    evaluate::{
        curve_page,
        hardware::{Curve, Fewer, Less, Step, curve_text, steps},
    },
    failure::Failure,
    plan_file,
};

/// The shop that the days are simulated for, without what is taken out.
///
/// # Errors
/// When there is no such shop, or not so much to take out.
pub(super) fn fewer(args: &EvaluateArgs, store: &str) -> Result<Fewer, Failure> {
    let less = Less {
        cameras: args.without_cameras,
        plates: args.without_plates,
    };
    let plan = plan_file::open(store)?;
    Ok(Fewer::of(&plan, less)?)
}

/// Plays the same days with less and less hardware, and prints what that costs.
///
/// # Errors
/// When the days can't be simulated.
pub(super) async fn evaluate(
    args: &EvaluateArgs,
    store: &str,
    config: &Config,
) -> Result<ExitCode, Failure> {
    let plan = plan_file::open(store)?;
    let mut rows = Vec::new();
    for less in steps(&plan) {
        let fewer = Fewer::of(&plan, less)?;
        let how = How {
            gaps_are_meant: fewer.is_less(),
            ..How::usual(config)
        };
        let played = days(args, &fewer, &[how]).await?;
        rows.push(Step::of(fewer.kit, played.into_iter().flatten().collect()));
    }
    let curve = Curve {
        store: plan.store,
        rows,
    };
    tell(
        args,
        &curve,
        || curve_text(&curve),
        |versus| curve_page(&curve, versus),
    )
}
