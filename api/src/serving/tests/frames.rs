//! HTTP/2 by hand: what nobody says who means well.

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `GET http://x/`, in words of HPACK's static table.
const GET: [u8; 6] = [0x82, 0x86, 0x84, 0x41, 1, b'x'];
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// The error that says that somebody asks too much of a connection.
const ENHANCE_YOUR_CALM: u8 = 11;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

async fn begun(served: &Served) -> Client {
    let mut client = served.connect().await;
    assert!(client.try_say(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await);
    client
}

/// The error of the last farewell among frames.
fn farewell(mut heard: &[u8]) -> Option<u8> {
    let mut error = None;
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = heard {
        let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap().min(rest.len());
        let (payload, rest) = rest.split_at(length);
        if *kind == GOAWAY {
            error = payload.get(7).copied();
        }
        heard = rest;
    }
    error
}

#[tokio::test]
async fn a_head_that_is_continued_without_end_ends_its_connection() {
    let served = start(wide());
    let mut client = begun(&served).await;
    client.try_say(&frame(HEADERS, END_STREAM, 1, &GET)).await;
    // A header that nobody remembers: no name of a table, one byte, a hundred bytes.
    let header = [&[0, 1, b'y', 100][..], &[b'z'; 100]].concat();
    let more = frame(CONTINUATION, 0, 1, &header.repeat(100));
    let (mut said, most) = (0, 64 * 1024 * 1024);
    while said < most && client.try_say(&more).await {
        said += more.len();
    }
    assert!(said < most, "after {said} bytes it still listens");
    served.connect().await.get().await;
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_again_and_again_end_their_connection() {
    let served = start(wide());
    let mut client = begun(&served).await;
    let opened_and_reset = (0..1_000_u32).flat_map(|number| {
        let stream = 2 * number + 1;
        let opened = frame(HEADERS, END_STREAM | END_HEADERS, stream, &GET);
        [opened, frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
    });
    client.try_say(&opened_and_reset.collect::<Vec<_>>()).await;
    assert_eq!(farewell(&client.hear_bytes_to_the_end().await), Some(ENHANCE_YOUR_CALM));
    served.connect().await.get().await;
}
