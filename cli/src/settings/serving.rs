//! Settings of how requests are served: caps, limits per client address, trusted proxies, the form of the log.

use std::num::NonZeroU32;
use std::str::FromStr;

use countersign_api::Rates;
use countersign_api::serving::Bounds;

use super::Reader;

/// How requests are served, and logged. Each field says its default.
#[derive(Debug, Clone, Default)]
pub struct ServingSettings {
    /// Proxies in front whose word for the client's address is taken; default 0.
    pub trusted_hops: usize,
    /// Caps of connections: default 8192 in all, 256 of an address; behind trusted proxies an address's is that of all.
    pub bounds: Bounds,
    /// Requests of each group that may come from one address in a minute; default 30, 6000 and 1200, without `--dev`.
    pub rates: Rates,
    /// The form of the log; default text.
    pub log: LogForm,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// The most trusted proxies that make sense.
const HOPS_MOST: usize = 16;
/// The most connections that can be asked for.
const CONNECTIONS_MOST: usize = 1_000_000;

impl FromStr for LogForm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

impl Reader<'_> {
    /// Reads all of them, so that everything that is wrong is told.
    pub(super) fn serving(&mut self) -> Option<ServingSettings> {
        let trusted_hops = self.number("trusted_hops", 0, 0..=HOPS_MOST);
        let default = Bounds::default();
        let connections = self.number("connections", default.connections, 1..=CONNECTIONS_MOST);
        let of_address = if trusted_hops == Some(0) {
            default.connections_per_address
        } else {
            connections.unwrap_or(default.connections)
        };
        let of_address = self.number("connections_per_address", of_address, 1..=CONNECTIONS_MOST);
        let sign_in = self.rate("limit_sign_in", Rates::SIGN_IN_DEFAULT);
        let api = self.rate("limit_api", Rates::API_DEFAULT);
        let public = self.rate("limit_public", Rates::PUBLIC_DEFAULT);
        let log = self.parsed("log", "text");
        let bounds = Bounds { connections: connections?, connections_per_address: of_address?, ..default };
        Some(ServingSettings {
            trusted_hops: trusted_hops?,
            bounds,
            rates: Rates {
                sign_in: NonZeroU32::new(sign_in?),
                api: NonZeroU32::new(api?),
                public: NonZeroU32::new(public?),
            },
            log: log?,
        })
    }

    /// Requests a minute; 0 means that there is no limit, as nothing does in development.
    fn rate(&mut self, name: &str, default: u32) -> Option<u32> {
        let default = if self.overrides.dev { 0 } else { default };
        self.parsed(name, &default.to_string())
    }

    fn number(&mut self, name: &str, default: usize, fits: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let number = self.parsed(name, &default.to_string())?;
        if fits.contains(&number) {
            return Some(number);
        }
        self.complain(name, &format_args!("must be {} to {}", fits.start(), fits.end()));
        None
    }
}
