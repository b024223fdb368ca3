//! What a client states about the person: where they are, and what they use.

use countersign_domain::secret::Personal;
use countersign_service::context::Context;

use super::Fields;
use super::caller::printable;
use crate::text::StatedIp;

/// What a client states about the person.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    ip: Option<Personal<String>>,
    user_agent: Option<Personal<String>>,
}

impl Stated {
    /// Takes `context` from the fields of a body.
    pub(crate) fn take(fields: &mut Fields) -> Self {
        let stated = fields.object("context", |stated| {
            let ip = stated.optional::<StatedIp>("ip").map(|StatedIp(ip)| Personal::plain(ip));
            let user_agent = stated.optional::<String>("user_agent");
            let user_agent = user_agent.map(|text| Personal::plain(printable(&text)));
            Some(Self { ip, user_agent })
        });
        stated.unwrap_or_default()
    }

    /// The context with what was stated in it, as stated by its client.
    pub(crate) fn within(self, context: Context) -> Context {
        if self.ip.is_none() && self.user_agent.is_none() {
            return context;
        }
        let stated_by = self.ip.as_ref().and(context.client);
        Context {
            ip: self.ip.or(context.ip),
            user_agent: self.user_agent.or(context.user_agent),
            stated_by,
            ..context
        }
    }
}
