//! Places: what a sealed value is bound to, so that it opens nowhere else.

/// An event's place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventPlace<'a> {
    pub(crate) stream: &'a str,
    pub(crate) sequence: u64,
}

impl EventPlace<'_> {
    /// What a value at a path of the event is bound to.
    pub(super) fn at(self, path: &str) -> Vec<u8> {
        bound(&[self.stream.as_bytes(), &self.sequence.to_be_bytes(), path.as_bytes()])
    }
}

/// Joins parts so that no other parts give the same bytes: each behind its length in four bytes.
pub(crate) fn bound(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).expect("an id or a path is far shorter than 4 GiB");
        joined.extend_from_slice(&length.to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

/// Adds a step to a JSON pointer (RFC 6901).
pub(super) fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
}
