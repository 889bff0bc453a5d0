//! `amble pass`.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use amble_engine::time::Time;
use amble_store::pass::{Bill, Claims, Issuer, LONGEST_US, PassError, Ticket, Verifier};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding},
};
use qrcode::{
    EcLevel, QrCode,
    render::{svg, unicode},
};
use serde::Serialize;

use crate::{
    args::{IssueArgs, KeygenArgs, PassCommand, QrForm, ShowArgs},
    failure::{Explain as _, Failure},
    output::{print, print_json},
};

/// Who issues passes on the command line.
const ISSUER: &str = "amble-cli";

/// Makes keys and passes, or looks into one.
///
/// # Errors
/// When a key or a pass can't be read or made. A pass that is not good is none: it is exit code 1.
pub fn run(command: &PassCommand) -> Result<ExitCode, Failure> {
    match command {
        PassCommand::Keygen(args) => keygen(args).map(|()| ExitCode::SUCCESS),
        PassCommand::Issue(args) => {
            let pass = issue(args, now())?;
            let shown = match args.qr {
                None => pass,
                Some(form) => code(&pass, form)?,
            };
            print(&format!("{shown}\n")).map(|()| ExitCode::SUCCESS)
        }
        PassCommand::Show(args) => {
            let shown = show(args, now())?;
            print_json(&shown)?;
            let bad = shown.problem.is_some();
            Ok(if bad {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            })
        }
    }
}

fn now() -> Time {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A new pair of keys, PEM: the private one and the public one.
///
/// # Errors
/// When the system gives no random numbers.
pub fn key_pair() -> Result<(String, String), Failure> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| Failure::new(format!("the system gives no random numbers: {error}")))?;
    let key = SigningKey::from_bytes(&secret);
    let private = key.to_pkcs8_pem(LineEnding::LF)?;
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
    Ok((private.to_string(), public))
}

fn keygen(args: &KeygenArgs) -> Result<(), Failure> {
    let (private, public) = key_pair()?;
    let public_file = public_file(&args.out);
    write_new(&args.out, &private, OpenOptions::new().secret())?;
    write_new(&public_file, &public, &mut OpenOptions::new())?;
    print(&format!(
        "{}: the private key; whoever has it can open visits\n{}: the public key, for shops\n",
        args.out.display(),
        public_file.display()
    ))
}

/// `issuer.pem` → `issuer.pub`.
fn public_file(private: &Path) -> PathBuf {
    let file = private.with_extension("pub");
    if file != private {
        return file;
    }
    let mut name = OsString::from(private);
    name.push(".pub");
    name.into()
}

/// Files that only their owner may read.
trait Secret {
    fn secret(&mut self) -> &mut Self;
}

impl Secret for OpenOptions {
    #[cfg(unix)]
    fn secret(&mut self) -> &mut Self {
        std::os::unix::fs::OpenOptionsExt::mode(self, 0o600)
    }

    #[cfg(not(unix))]
    fn secret(&mut self) -> &mut Self {
        self
    }
}

/// A key that is lost can't be had back: none is overwritten.
fn write_new(file: &Path, text: &str, options: &mut OpenOptions) -> Result<(), Failure> {
    let written = options
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut out: File| out.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::new(format!(
            "{} exists already; name another file",
            file.display()
        ))),
        result => result.explain(|| format!("cannot write {}", file.display())),
    }
}

/// Writes a file that only its owner may read, over what is there.
///
/// # Errors
/// When it can't be written.
pub fn write_secret(file: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).secret();
    let written = options.open(file);
    written
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .explain(|| format!("cannot write {}", file.display()))
}

fn read_key(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).explain(|| format!("cannot read the key {}", file.display()))
}

fn issue(args: &IssueArgs, at: Time) -> Result<String, Failure> {
    let valid: Duration = *args.valid;
    let longest = Duration::from_micros(LONGEST_US.unsigned_abs());
    if valid.as_secs() == 0 || valid > longest {
        return Err(Failure::usage(format!(
            "--valid {}: a pass may be valid for 1 s to {} s",
            args.valid,
            longest.as_secs()
        )));
    }
    let key = read_key(&args.key)?;
    let issuer =
        Issuer::new(ISSUER, &args.store, &key).explain(|| args.key.display().to_string())?;
    let bill = Bill {
        pay: args.pay.clone(),
        mail: args.mail.clone(),
        lang: args.lang.clone(),
    };
    let ticket = args.bind_within.map(|within| Ticket { within: *within });
    let token = issuer.issue_with(&args.visit, args.party, at, valid, bill, ticket)?;
    // What no shop would accept is not handed out.
    Verifier::trusting(&args.store).verify(&token, at)?;
    Ok(token)
}

/// A pass as a QR code.
fn code(pass: &str, form: QrForm) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(pass, EcLevel::L)?;
    Ok(match form {
        QrForm::Svg => code
            .render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build(),
        // Terminals are dark more often than not, and a code is dark on light.
        QrForm::Text => code
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build(),
    })
}

/// What is told of a pass.
#[derive(Debug, Serialize)]
struct Shown {
    /// What it says.
    #[serde(flatten)]
    claims: Claims,
    /// Whether the key has signed it; absent when none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<bool>,
    /// Why no shop would accept it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

fn show(args: &ShowArgs, at: Time) -> Result<Shown, Failure> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(&args.token)
        .map_err(PassError::from)?
        .claims;
    let (verifier, with_key) = match &args.pass_key {
        Some(file) => {
            let key = read_key(file)?;
            let verifier = Verifier::new(&claims.aud, &[key]);
            (verifier.explain(|| file.display().to_string())?, true)
        }
        None => (Verifier::trusting(&claims.aud), false),
    };
    let problem = verifier.verify(&args.token, at).err();
    let signed = !matches!(problem, Some(PassError::Invalid(_)));
    Ok(Shown {
        claims,
        signed: with_key.then_some(signed),
        problem: problem.map(|error| error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let out = folder.join(name);
        keygen(&KeygenArgs { out: out.clone() }).unwrap();
        (out.clone(), public_file(&out))
    }

    fn issue_args(key: PathBuf, valid: &str) -> IssueArgs {
        IssueArgs {
            key,
            store: "corner".to_owned(),
            visit: "anna-1".to_owned(),
            party: 2,
            pay: Some("pm_1".to_owned()),
            mail: Some("anna@example.org".to_owned()),
            lang: None,
            bind_within: None,
            valid: valid.parse().unwrap(),
            qr: None,
        }
    }

    #[test]
    fn a_pass_is_good_for_its_key_and_its_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let (private, public) = pair(folder.path(), "issuer.pem");
        let (_, other) = pair(folder.path(), "other.pem");
        let at = Time(1_700_000_000_000_000);
        let token = issue(&issue_args(private, "10m"), at).unwrap();
        let shown = |key: Option<&PathBuf>, at| {
            let args = ShowArgs {
                token: token.clone(),
                pass_key: key.cloned(),
            };
            show(&args, at).unwrap()
        };
        let good = shown(Some(&public), at);
        assert_eq!((good.signed, good.problem), (Some(true), None));
        assert_eq!((good.claims.jti.as_str(), good.claims.party), ("anna-1", 2));
        assert_eq!(good.claims.bill().pay.as_deref(), Some("pm_1"));
        assert_eq!(shown(None, at).signed, None);

        let foreign = shown(Some(&other), at);
        assert_eq!(foreign.signed, Some(false));
        assert!(foreign.problem.is_some());

        let late = shown(Some(&public), Time(at.0 + 700_000_000));
        assert_eq!(late.signed, Some(true));
        assert!(late.problem.unwrap().contains("ended 100 s"));
    }

    #[test]
    fn a_pass_that_no_shop_would_accept_is_not_issued() {
        let folder = tempfile::tempdir().unwrap();
        let (private, _) = pair(folder.path(), "issuer.pem");
        for valid in ["0s", "2h"] {
            assert!(
                issue(&issue_args(private.clone(), valid), Time(0)).is_err(),
                "{valid}"
            );
        }
        let nameless = IssueArgs {
            visit: String::new(),
            ..issue_args(private, "1m")
        };
        assert!(issue(&nameless, Time(0)).is_err());
        let endless = IssueArgs {
            mail: Some("a".repeat(300)),
            ..issue_args(nameless.key, "1m")
        };
        assert!(issue(&endless, Time(0)).is_err());
    }

    #[test]
    fn no_key_is_overwritten_and_the_private_one_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (private, public) = pair(folder.path(), "issuer");
        assert_eq!(public, folder.path().join("issuer.pub"));
        assert!(
            keygen(&KeygenArgs {
                out: private.clone()
            })
            .is_err()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(private).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(public_file(Path::new("a.pub")), Path::new("a.pub.pub"));
    }
}
