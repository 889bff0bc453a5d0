//! What a line says.

use super::{
    Scenario,
    words::{Words, number},
};

/// One line.
pub(super) enum Line {
    Shop(String),
    Goods(Goods),
    Swaps([usize; 2]),
    Fault(Fault),
    Crowd {
        people: u32,
        seconds: f64,
    },
    Party(Vec<String>),
    /// Comes in without a pass.
    Tailgates(String),
    Brings {
        who: String,
        goods: usize,
        count: u32,
    },
    Act {
        who: String,
        act: Act,
    },
}

/// Some product of the scenario's own.
#[derive(Clone, Debug)]
pub(super) struct Goods {
    pub(super) name: String,
    pub(super) weight_g: f64,
    pub(super) gondola: String,
    pub(super) shelf: String,
    pub(super) plates: Vec<String>,
    pub(super) line: u64,
}

/// What is wrong with the sensors.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    Sticks {
        shelf: String,
        plate: String,
    },
    Drifts {
        shelf: String,
        plate: String,
        g_per_hour: f64,
    },
    BlindCamera(String),
    UnseenGondola(String),
}

/// What somebody does; goods and people are places in the scenario's lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act {
    pub(super) who: usize,
    pub(super) at_s: Option<f64>,
    pub(super) deed: Deed,
    pub(super) slowly: bool,
    /// How far to the right of the goods one stands, in metres.
    pub(super) aside_m: Option<f64>,
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Take {
        goods: usize,
        count: u32,
    },
    TakeTwo {
        goods: [usize; 2],
    },
    TakeMisplaced {
        at: usize,
    },
    Return {
        goods: usize,
        to: usize,
    },
    Hold {
        goods: usize,
        seconds: f64,
        leans: bool,
    },
    GoTo {
        goods: usize,
    },
    Wait {
        seconds: f64,
    },
    Hand {
        goods: usize,
        to: usize,
    },
    Drop {
        goods: usize,
    },
    /// Both put on the other's jacket.
    SwapJackets {
        with: usize,
    },
}

/// Reads a line; what it names must have been named before.
pub(super) fn parse(scenario: &Scenario, line: u64, text: &str) -> Result<Line, String> {
    let mut words = Words::of(text);
    let first = words.word("what it says")?;
    let said = match first {
        "shop" => Line::Shop(words.word("the shop's name")?.to_owned()),
        "goods" => Line::Goods(goods(&mut words, line)?),
        "plan" => {
            words.must("swaps")?;
            Line::Swaps([named(scenario, &mut words)?, named(scenario, &mut words)?])
        }
        "plate" => Line::Fault(plate(&mut words)?),
        "camera" => {
            let id = words.word("the camera's id")?.to_owned();
            words.must("is")?;
            words.must("blind")?;
            Line::Fault(Fault::BlindCamera(id))
        }
        "gondola" => {
            let id = words.word("the gondola's id")?.to_owned();
            words.must("is")?;
            words.must("unseen")?;
            Line::Fault(Fault::UnseenGondola(id))
        }
        "crowd" => {
            let people = words.count().ok_or("how many people come is missing")?;
            words.must("in")?;
            let seconds = words.amount("time", "s")?;
            Line::Crowd { people, seconds }
        }
        "party" => Line::Party(words.rest()),
        "at" => {
            let at = number(words.word("the moment")?, "moment")?;
            let who = words.word("who does it")?;
            act(scenario, who, Some(at), &mut words)?
        }
        who => act(scenario, who, None, &mut words)?,
    };
    words.end()?;
    Ok(said)
}

fn goods(words: &mut Words<'_>, line: u64) -> Result<Goods, String> {
    let name = words.word("the goods' name")?.to_owned();
    let weight_g = words.amount("weight", "g")?;
    words.must("at")?;
    let (gondola, shelf) = place(words)?;
    let plates = words.rest();
    if plates.is_empty() {
        return Err("it names no plates".to_owned());
    }
    Ok(Goods {
        name,
        weight_g,
        gondola,
        shelf,
        plates,
        line,
    })
}

fn plate(words: &mut Words<'_>) -> Result<Fault, String> {
    let (gondola, shelf) = place(words)?;
    let shelf = format!("{gondola}/{shelf}");
    let plate = words.word("the plate")?.to_owned();
    if words.eats("sticks") {
        return Ok(Fault::Sticks { shelf, plate });
    }
    words.must("drifts")?;
    let g_per_hour = words.amount("rate", "g/h")?;
    Ok(Fault::Drifts {
        shelf,
        plate,
        g_per_hour,
    })
}

fn place(words: &mut Words<'_>) -> Result<(String, String), String> {
    let place = words.word("gondola/shelf")?;
    let (gondola, shelf) = place
        .split_once('/')
        .ok_or_else(|| format!("\"{place}\" is no gondola/shelf"))?;
    Ok((gondola.to_owned(), shelf.to_owned()))
}

/// The place of goods that a line before has named.
fn named(scenario: &Scenario, words: &mut Words<'_>) -> Result<usize, String> {
    let name = words.word("the goods")?;
    let mut goods = scenario.goods.iter();
    goods
        .position(|goods| goods.name == name)
        .ok_or_else(|| format!("no line before names goods \"{name}\""))
}

/// The place of somebody of whom a line before says something.
fn somebody(scenario: &Scenario, words: &mut Words<'_>, what: &str) -> Result<usize, String> {
    let name = words.word(what)?;
    let known = scenario.people.iter().position(|known| known == name);
    known.ok_or_else(|| format!("no line before says what \"{name}\" does"))
}

fn act(
    scenario: &Scenario,
    who: &str,
    at_s: Option<f64>,
    words: &mut Words<'_>,
) -> Result<Line, String> {
    let who = who.to_owned();
    let verb = words.word("what is done")?;
    let deed = match verb {
        "brings" if at_s.is_none() => {
            let count = words.count().ok_or("how many is missing")?;
            let goods = named(scenario, words)?;
            return Ok(Line::Brings { who, goods, count });
        }
        "tailgates" if at_s.is_none() => return Ok(Line::Tailgates(who)),
        "takes" => takes(scenario, words)?,
        "returns" => {
            let goods = named(scenario, words)?;
            let to = if words.eats("to") {
                named(scenario, words)?
            } else {
                goods
            };
            Deed::Return { goods, to }
        }
        "holds" | "leans" => {
            let leans = verb == "leans";
            if leans {
                words.must("on")?;
            }
            let goods = named(scenario, words)?;
            words.must("for")?;
            let seconds = words.amount("time", "s")?;
            Deed::Hold {
                goods,
                seconds,
                leans,
            }
        }
        "goes" => {
            words.must("to")?;
            let goods = named(scenario, words)?;
            Deed::GoTo { goods }
        }
        "waits" => {
            let seconds = words.amount("time", "s")?;
            Deed::Wait { seconds }
        }
        "hands" => {
            let goods = named(scenario, words)?;
            words.must("to")?;
            let to = somebody(scenario, words, "who gets it")?;
            Deed::Hand { goods, to }
        }
        "swaps" => {
            words.must("jackets")?;
            words.must("with")?;
            let with = somebody(scenario, words, "whose jacket it is")?;
            Deed::SwapJackets { with }
        }
        "drops" => {
            let goods = named(scenario, words)?;
            Deed::Drop { goods }
        }
        other => return Err(format!("nobody can do \"{other}\"")),
    };
    let slowly = words.eats("slowly");
    let aside_m = if words.eats("from") {
        Some(aside(words)?)
    } else {
        None
    };
    let act = Act {
        who: 0,
        at_s,
        deed,
        slowly,
        aside_m,
    };
    Ok(Line::Act { who, act })
}

fn takes(scenario: &Scenario, words: &mut Words<'_>) -> Result<Deed, String> {
    let count = words.count().unwrap_or(1);
    let goods = named(scenario, words)?;
    if words.eats("and") {
        let other = named(scenario, words)?;
        return Ok(Deed::TakeTwo {
            goods: [goods, other],
        });
    }
    if words.eats("left") {
        words.must("at")?;
        let at = named(scenario, words)?;
        return Ok(Deed::TakeMisplaced { at });
    }
    Ok(Deed::Take { goods, count })
}

/// "50 cm left" of the goods, as one faces them.
fn aside(words: &mut Words<'_>) -> Result<f64, String> {
    let metres = words.amount("distance", "cm")? / 100.0;
    match words.word("\"left\" or \"right\"")? {
        "left" => Ok(-metres),
        "right" => Ok(metres),
        other => Err(format!("\"{other}\" is neither \"left\" nor \"right\"")),
    }
}
