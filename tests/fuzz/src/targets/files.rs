//! What operators write, and what other tools hand over.

use std::{fs, path::Path};

use amble_proto::{
    recording::{Reader, write_entry},
    v1::{
        DeviceFrames, DeviceKind, DeviceRef, RecordedFrames, RecordedPlan, RecordingEntry,
        recording_entry::Entry,
    },
};
use amble_simulator::{DayConfig, Fit, FloorPaths, Scenario, Script};
use amble_store::plan;

use super::small;
use crate::{Fate, Target, target::Broken};

const JSON: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "0",
    "1e308",
    "-1e-308",
    "1e999",
    "18446744073709551616",
    "\"\"",
    "\"\\u0000\"",
    ",",
    ":",
    "[[[[[[[[",
    "\"zone\":",
    "\"plates\":",
    "\"weight_g\":",
    "\"outline\":",
];
const TABLE: &[&str] = &[
    ",",
    "\n",
    "\"",
    "\"\"",
    "NaN",
    "inf",
    "-inf",
    "-1",
    "1e308",
    "1e-320",
    "9223372036854775808",
    "take",
    "return",
    "0200000000011",
    "g1",
    "s1",
    "p1",
    "p1-p3",
];
const SCENE: &[&str] = &[
    "at 3 ",
    "shop nanostore",
    "goods ",
    "takes ",
    "returns ",
    " for ",
    " s",
    " g at ",
    "3/4 ",
    "anna ",
    "\n",
    "leans on ",
    "hands ",
    " to ",
    "-1",
    "1e300",
    "NaN",
    "x 4294967296",
    "with ",
    "blind ",
    "party ",
];

pub(super) fn all() -> Vec<Target> {
    vec![
        Target::new("plan", read_plan)
            .seeds(vec![
                plan::to_text(&small())
                    .expect("a plan has a text")
                    .into_bytes(),
            ])
            .words(JSON),
        Target::new("recording", read_recording).seeds(vec![recording()]),
        Target::new("scenario", read_scenario())
            .seeds(scenarios())
            .words(SCENE),
        Target::new("script", |input| Ok(fate(Script::read(input))))
            .seeds(vec![SCRIPT.to_vec()])
            .words(TABLE),
        Target::new("paths", |input| {
            let read = FloorPaths::read(input, Fit::default());
            Ok(fate(read.map(|paths| paths.bounds())))
        })
        .seeds(vec![PATHS.to_vec()])
        .words(TABLE),
        Target::new("tracks", read_tracks)
            .seeds(vec![TRACKS.to_vec()])
            .words(TABLE),
    ]
}

const SCRIPT: &[u8] = b"t_s,shopper,action,gtin,gondola,shelf,plates\n\
    0.5,anna,take,0200000000011,g1,s1,p1\n1.5,ben,take,0200000000028,g1,s1,p2-p3\n\
    9.0,anna,return,0200000000011,g1,s1,p1\n";
const PATHS: &[u8] = b"t_s,person,x_m,y_m\n0.0,1,0.5,1.0\n0.1,1,0.6,1.1\n0.1,2,3.0,-2.5\n";
const TRACKS: &[u8] =
    b"1,1,-1,-1,-1,-1,1,2.5,3.5,0\n1,2,-1,-1,-1,-1,1,0.5,1.5,0\n2,1,-1,-1,-1,-1,1,2.6,3.4,0\n";

fn fate<T, E>(read: Result<T, E>) -> Fate {
    read.map_or(Fate::Refused, |_| Fate::Taken)
}

/// A plan without errors can be laid out, and its text says the same.
fn read_plan(input: &[u8]) -> Result<Fate, Broken> {
    let Ok((plan, _)) = plan::check(&String::from_utf8_lossy(input)) else {
        return Ok(Fate::Refused);
    };
    plan::shop(&plan).map_err(|error| format!("a sound plan can't be laid out: {error}"))?;
    let text = plan::to_text(&plan).map_err(|error| error.to_string())?;
    match plan::check(&text) {
        Ok((again, _)) if again == plan => Ok(Fate::Taken),
        Ok(_) => Err("a plan reads otherwise than it was written".to_owned()),
        Err(faults) => Err(format!(
            "a sound plan's own text has {} faults",
            faults.len()
        )),
    }
}

fn recording() -> Vec<u8> {
    let plan = RecordedPlan {
        json: "{}".to_owned(),
        ..RecordedPlan::default()
    };
    let frames = RecordedFrames {
        device: Some(DeviceRef {
            device_id: "g1/s1".to_owned(),
            kind: DeviceKind::Shelf.into(),
        }),
        frames: Some(DeviceFrames::default()),
        complete_until_us: 1_893_488_400_000_000,
    };
    let mut bytes = Vec::new();
    for entry in [Entry::Plan(plan), Entry::Frames(frames)] {
        let entry = RecordingEntry { entry: Some(entry) };
        write_entry(&mut bytes, &entry).expect("memory takes all");
    }
    bytes
}

/// Entries that were read can be written, and an error lies within the file.
fn read_recording(input: &[u8]) -> Result<Fate, Broken> {
    let mut reader = Reader::new(input);
    let mut written = Vec::new();
    let fate = loop {
        match reader.next_entry() {
            Ok(Some(entry)) => write_entry(&mut written, &entry).map_err(|e| e.to_string())?,
            Ok(None) => break Fate::Taken,
            Err(_) => break Fate::Refused,
        }
    };
    let length = u64::try_from(input.len()).unwrap_or(u64::MAX);
    if reader.offset() > length {
        return Err(format!("at byte {} of {length}", reader.offset()));
    }
    Ok(fate)
}

fn scenarios() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accuracy");
    let entries = fs::read_dir(folder).expect("the catalogue is there");
    let files = entries.flatten().map(|entry| entry.path());
    let scenes = files.filter(|path| path.extension().is_some_and(|e| e == "scene"));
    let mut paths: Vec<_> = scenes.collect();
    paths.sort();
    paths.iter().flat_map(fs::read).collect()
}

fn read_scenario() -> impl Fn(&[u8]) -> Result<Fate, Broken> {
    let shop = plan::nanostore();
    let config = DayConfig::for_plan(&shop);
    move |input| {
        let Ok(scenario) = Scenario::read(input) else {
            return Ok(Fate::Refused);
        };
        Ok(fate(scenario.stage(&shop, config.clone())))
    }
}

/// Tracks that were read are read alike when they are written.
fn read_tracks(input: &[u8]) -> Result<Fate, Broken> {
    let Ok(sequence) = amble_tracks::mot::read(input) else {
        return Ok(Fate::Refused);
    };
    let mut written = Vec::new();
    amble_tracks::mot::write(&sequence, &mut written).map_err(|error| error.to_string())?;
    amble_tracks::mot::read(written.as_slice())
        .map(|_| Fate::Taken)
        .map_err(|error| format!("what was written can't be read: {error}"))
}
