//! `amble certs`: certificates for trying out.
//!
//! 1. Each lies in a folder of its own, as `tls.crt`, `tls.key` and `ca.crt`: what `serve`, `simulate` and a
//!    Secret take.
//! 2. The node's has the names that nodes and clients look for; a device's names the devices that it may carry.
//! 3. An authority that lies there is used again, so that certificates can be made anew without a word to those
//!    who know it. All others are written beside their place and put there at once.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::ExitCode,
};

use amble_trust::{device, node};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};

use super::pass::write_secret;
use crate::{
    args::{CertsArgs, CertsCommand, DevArgs},
    failure::{Explain as _, Failure},
    output::print,
};

/// Names under which a machine knows itself.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// What is a device.
const KINDS: [&str; 3] = ["camera", "shelf", "gate"];

/// Makes certificates.
///
/// # Errors
/// When a name is none, or a file can't be written.
pub fn run(args: &CertsArgs) -> Result<ExitCode, Failure> {
    let CertsCommand::Dev(args) = &args.command;
    let authority = Authority::open(&args.out.join("ca"), args)?;
    let hosts: Vec<&str> = HERE
        .into_iter()
        .chain(args.host.iter().map(String::as_str))
        .collect();
    let mut made = vec![authority.issue("node", &hosts, &[node(&args.store)])?];
    let all = KINDS.map(|kind| device(&args.store, kind, "*"));
    made.push(authority.issue("devices", &[], &all)?);
    for given in &args.device {
        let Some((kind, id)) = given
            .split_once('/')
            .filter(|(kind, _)| KINDS.contains(kind))
        else {
            return Err(Failure::usage(format!(
                "--device {given}: say camera/ID, shelf/ID or gate/ID"
            )));
        };
        let folder = format!("{kind}-{}", id.replace('/', "-"));
        made.push(authority.issue(&folder, &[], &[device(&args.store, kind, id)])?);
    }
    let mut text = String::from("for trying out; whoever has ca/ca.key can be anybody:\n");
    for folder in made {
        text.push_str(&format!("  {}\n", folder.display()));
    }
    print(&text).map(|()| ExitCode::SUCCESS)
}

/// Who signs.
struct Authority<'a> {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    args: &'a DevArgs,
}

impl<'a> Authority<'a> {
    /// The authority in a folder; a new one when there is none.
    fn open(folder: &Path, args: &'a DevArgs) -> Result<Self, Failure> {
        let params = authority(&args.store)?;
        let key_file = folder.join("ca.key");
        let (pem, key) = match fs::read_to_string(&key_file) {
            Ok(key) => {
                let file = folder.join("ca.crt");
                let pem = fs::read_to_string(&file)
                    .explain(|| format!("cannot read {}", file.display()))?;
                (pem, KeyPair::from_pem(&key)?)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                let pem = params.self_signed(&key)?.pem();
                fs::create_dir_all(folder)
                    .explain(|| format!("cannot make {}", folder.display()))?;
                put(&folder.join("ca.crt"), &pem)?;
                put(&key_file, &key.serialize_pem())?;
                (pem, key)
            }
            Err(error) => {
                return Err(error).explain(|| format!("cannot read {}", key_file.display()));
            }
        };
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
            args,
        })
    }

    fn issue(&self, name: &str, hosts: &[&str], uris: &[String]) -> Result<PathBuf, Failure> {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let mut params = CertificateParams::new(hosts)?;
        params.distinguished_name.push(DnType::CommonName, name);
        for uri in uris {
            params
                .subject_alt_names
                .push(SanType::URI(uri.as_str().try_into()?));
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        dated(&mut params, self.args.days);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let folder = self.args.out.join(name);
        fs::create_dir_all(&folder).explain(|| format!("cannot make {}", folder.display()))?;
        put(&folder.join("tls.crt"), &certificate.pem())?;
        put(&folder.join("tls.key"), &key.serialize_pem())?;
        put(&folder.join("ca.crt"), &self.pem)?;
        Ok(folder)
    }
}

/// What an authority says of itself; the same each time, as what it signs names it so.
fn authority(store: &str) -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::new(Vec::new())?;
    let name = format!("{store}: authority for trying out");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    dated(&mut params, 3_650);
    Ok(params)
}

/// Good from a day ago, as clocks differ, for so many days; for none: until a minute ago.
fn dated(params: &mut CertificateParams, days: u32) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = match days {
        0 => now - Duration::minutes(1),
        days => now + Duration::days(days.into()),
    };
}

/// Puts a file in its place at once: whoever reads it finds the old one or the new one.
fn put(file: &Path, text: &str) -> Result<(), Failure> {
    let beside = file.with_extension("new");
    write_secret(&beside, text)?;
    fs::rename(&beside, file).explain(|| format!("cannot write {}", file.display()))
}
