//! Where settings are looked up: flags, the environment, a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::NAMES;

/// The most bytes of a settings or secret file.
const FILE_LARGEST: u64 = 64 * 1024;
/// What every name in the environment begins with.
const PREFIX: &str = "COUNTERSIGN_";
/// Names that belong to the tests, not to the service.
const TEST_PREFIX: &str = "COUNTERSIGN_TEST_";

/// Settings that were typed.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Whether development mode was asked for.
    pub dev: bool,
    /// Whether a database that can lose acknowledged events is to be refused.
    pub strict: bool,
    values: BTreeMap<String, String>,
}

/// Settings of the environment and of a file.
#[derive(Clone, Default)]
pub struct Sources {
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    complaints: Vec<(String, String)>,
}

impl Overrides {
    /// Nothing typed but whether development mode was asked for.
    pub fn in_mode(dev: bool) -> Self {
        Self { dev, ..Self::default() }
    }

    /// Sets a setting, if there is a value.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.values.insert(name.to_owned(), value);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

impl Sources {
    /// The process's environment, and the file that was named, or `countersign.toml` if there is one.
    pub fn of_process(file: Option<&Path>) -> Self {
        let default = Path::new("countersign.toml");
        let path = file.or_else(|| default.exists().then_some(default));
        let text = path.map(|path| (path, read(path)));
        match text {
            None => Self::new(environment(), ""),
            Some((_, Ok(text))) => Self::new(environment(), &text),
            Some((path, Err(reason))) => {
                let mut sources = Self::new(environment(), "");
                sources.complaints.push((path.display().to_string(), reason));
                sources
            }
        }
    }

    /// An environment, and the text of a settings file.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>, file: &str) -> Self {
        let mut sources = Self::default();
        sources.take_environment(environment);
        sources.take_file(file);
        sources
    }

    fn take_environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        for (key, value) in environment {
            let Some(name) = key.strip_prefix(PREFIX).filter(|_| !key.starts_with(TEST_PREFIX)) else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            let bare = name.strip_suffix("_file").unwrap_or(&name);
            if NAMES.contains(&name.as_str()) || NAMES.contains(&bare) {
                self.environment.insert(name, value);
            } else {
                self.complaints.push((key, "is not a setting".to_owned()));
            }
        }
    }

    fn take_file(&mut self, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                self.complaints.push(("settings file".to_owned(), error.message().to_owned()));
                return;
            }
        };
        for (name, value) in table {
            match value {
                _ if !NAMES.contains(&name.as_str()) => {
                    self.complaints.push((name, "is not a setting".to_owned()));
                }
                toml::Value::String(text) => drop(self.file.insert(name, text)),
                toml::Value::Integer(number) => drop(self.file.insert(name, number.to_string())),
                toml::Value::Boolean(flag) => drop(self.file.insert(name, flag.to_string())),
                _ => self.complaints.push((name, "expected a string, a number, or true or false".to_owned())),
            }
        }
    }

    pub(super) fn complaints(&self) -> Vec<(String, String)> {
        self.complaints.clone()
    }

    /// A setting's value: the environment's, or that of the file which the environment names, or the file's.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>, String> {
        let in_file = self.environment.get(&format!("{name}_file"));
        match (self.environment.get(name), in_file) {
            (Some(_), Some(_)) => Err("is given twice, as a value and as a file".to_owned()),
            (Some(value), None) => Ok(Some(value.clone())),
            (None, Some(path)) => read(Path::new(path)).map(|text| Some(text.trim().to_owned())),
            (None, None) => Ok(self.file.get(name).cloned()),
        }
    }
}

/// The process's environment, without what is not text: no setting is.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > FILE_LARGEST {
        return Err(format!("is larger than {FILE_LARGEST} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}
