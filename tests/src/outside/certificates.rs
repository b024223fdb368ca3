//! A throw-away authority, and a server's certificate that it signed; by `openssl`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// How long they are good for.
const DAYS: &str = "2";

/// A server's certificate, and the authority that signed it; gone when it is dropped.
#[derive(Debug)]
pub struct Certified {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The server's.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
    _folder: TempDir,
}

impl Certified {
    /// One for a server that is called by this name (`DNS:localhost`, `IP:127.0.0.1`), by an authority of its own.
    pub fn for_server(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let [authority, authority_key, certificate, key, request, extensions] =
            ["ca.pem", "ca.key", "server.pem", "server.key", "server.csr", "server.ext"]
                .map(|file| folder.path().join(file));
        make_key(&authority_key);
        openssl(
            &["req", "-x509", "-days", DAYS, "-subj", "/CN=Throw-away authority"],
            &[("-key", &authority_key), ("-out", &authority)],
        );
        make_key(&key);
        openssl(&["req", "-new", "-subj", "/CN=server"], &[("-key", &key), ("-out", &request)]);
        let extension = format!("subjectAltName={name}\nbasicConstraints=CA:FALSE\n");
        std::fs::write(&extensions, extension).expect("a file can be written");
        openssl(
            &["x509", "-req", "-days", DAYS, "-CAcreateserial"],
            &[
                ("-in", &request),
                ("-CA", &authority),
                ("-CAkey", &authority_key),
                ("-extfile", &extensions),
                ("-out", &certificate),
            ],
        );
        Self { authority, certificate, key, _folder: folder }
    }
}

fn make_key(path: &Path) {
    openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], &[("-out", path)]);
}

fn openssl(arguments: &[&str], files: &[(&str, &Path)]) {
    let mut command = Command::new("openssl");
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    for (option, path) in files {
        command.arg(option).arg(path);
    }
    let ended = command.output().expect("there is a command `openssl`");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}
