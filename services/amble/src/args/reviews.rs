//! `amble reviews`: what people are to look at.

use std::str::FromStr;

use clap::{Args, Subcommand};

use super::inspect::FormArgs;
use crate::client::WayArgs;

const REVIEWS: &str = "\
Examples:
  amble reviews
  amble reviews list --answered --json
  amble reviews show receipt-7f3a/dispute/4006381333931
  amble reviews answer receipt-7f3a/dispute/4006381333931 4006381333931=0 --note returned
  amble reviews answer receipt-7f3a/review/1 --as-charged --by anna";

/// Lists the reviews of a shop, shows one with its evidence, or answers it.
///
/// A review is a line that a shopper says is not theirs, or a doubt that would cost more to decide alone
/// than to ask somebody. It is answered once; what was charged wrongly is corrected and given back.
#[derive(Args, Clone, Debug)]
#[command(after_help = REVIEWS)]
pub struct ReviewsArgs {
    /// Where the shop is.
    #[command(flatten)]
    pub shop: WayArgs,

    /// How it is printed.
    #[command(flatten)]
    pub form: FormArgs,

    /// What to do; without it, those that wait are listed.
    #[command(subcommand)]
    pub command: Option<ReviewsCommand>,
}

/// What to do with reviews.
#[derive(Clone, Debug, Subcommand)]
pub enum ReviewsCommand {
    /// Lists those that wait, the oldest first
    List(ListReviewsArgs),
    /// Prints a review with its hypotheses, their probabilities and the evidence
    Show(ShowReviewArgs),
    /// Says what is right
    Answer(AnswerReviewArgs),
}

/// Which reviews.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ListReviewsArgs {
    /// Those that have an answer instead, the newest first
    #[arg(long)]
    pub answered: bool,
}

/// A review to be shown.
#[derive(Args, Clone, Debug)]
pub struct ShowReviewArgs {
    /// Its id
    pub review: String,
}

/// A review to be answered.
#[derive(Args, Clone, Debug)]
pub struct AnswerReviewArgs {
    /// Its id
    pub review: String,

    /// How many of a product the visit left with, such as 4006381333931=0; what is not named was charged
    /// rightly
    #[arg(
        value_name = "PRODUCT=QUANTITY",
        required_unless_present = "as_charged"
    )]
    pub right: Vec<Right>,

    /// All was charged rightly
    #[arg(long, conflicts_with = "right")]
    pub as_charged: bool,

    /// What there is to say about it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,

    /// Who says so, where no token does
    #[arg(long, value_name = "NAME", default_value = "")]
    pub by: String,
}

/// How many of a product are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The product's code.
    pub product: String,
    /// How many.
    pub quantity: u32,
}

impl FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("{text:?} is not of the form PRODUCT=QUANTITY");
        let (product, quantity) = text.rsplit_once('=').ok_or_else(form)?;
        let quantity = quantity.parse().map_err(|_| form())?;
        if product.is_empty() {
            return Err(form());
        }
        Ok(Self {
            product: product.to_owned(),
            quantity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_is_a_product_and_how_many() {
        let tea = Right {
            product: "local=tea".to_owned(),
            quantity: 2,
        };
        assert_eq!("local=tea=2".parse(), Ok(tea));
        for bad in ["tea", "tea=", "=1", "tea=-1", "tea=1.5"] {
            let error = bad.parse::<Right>().unwrap_err();
            assert!(error.contains("PRODUCT=QUANTITY"), "{error}");
        }
    }
}
