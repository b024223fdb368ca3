//! A sink that knows what went through it.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// Counts and hashes what is written into a sink.
pub(super) struct Counted<W> {
    sink: W,
    bytes: u64,
    sha256: Sha256,
}

impl<W> Counted<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink, bytes: 0, sha256: Sha256::new() }
    }

    pub(super) fn sink_mut(&mut self) -> &mut W {
        &mut self.sink
    }

    /// The sink, how many bytes it was given, and their SHA-256.
    pub(super) fn finish(self) -> (W, u64, [u8; 32]) {
        (self.sink, self.bytes, self.sha256.finalize().into())
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.sink.write(bytes)?;
        self.sha256.update(bytes.get(..taken).unwrap_or(bytes));
        self.bytes += u64::try_from(taken).unwrap_or(u64::MAX);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes at a time.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(&bytes[..bytes.len().min(3)])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_sink_takes_piece_by_piece_is_counted_once() {
        let mut counted = Counted::new(Slow(Vec::new()));

        counted.write_all(b"0123456789").unwrap();

        let (slow, bytes, sha256) = counted.finish();
        assert_eq!((slow.0.as_slice(), bytes), (b"0123456789".as_slice(), 10));
        assert_eq!(sha256, <[u8; 32]>::from(Sha256::digest(b"0123456789")));
    }
}
