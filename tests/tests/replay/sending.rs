//! Makes a recorded request again.

use std::io::Cursor;

use farandole_tests::harness::Request;
use farandole_tests::wire::{Stage, hex};
use image::{DynamicImage, ImageFormat};
use sha2::{Digest as _, Sha256};

use super::recording::{Body, Image, Sent};

/// The request of a step, with values for its labels.
pub(crate) fn request(stage: &mut Stage, sent: &Sent) -> Request {
    let path = stage.fill_in(&sent.path);
    let mut request = Request::new(&sent.method, &encoded(&path));
    for (name, value) in &sent.headers {
        request = request.header(name, value);
    }
    if let Some(basic) = &sent.basic_auth {
        let user = stage.fill_in(&basic.user);
        request = request.basic(&user, &basic.password);
    }
    let body = match &sent.body {
        None => return request,
        Some(Body::Json { json }) => stage.fill_in(&json.to_string()).into_bytes(),
        Some(Body::Text { text }) => stage.fill_in(text).into_bytes(),
        Some(Body::Image { image }) => picture(image),
        Some(Body::Bytes { bytes, sha256 }) => counting(*bytes, sha256),
    };
    if sent.chunked {
        request.chunked(&body)
    } else {
        request.body(body)
    }
}

/// What cannot stand in the line of a request as it is.
fn encoded(path: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_graphic() && !b"{}\"<>".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(encode).collect::<Vec<_>>().concat()
}

fn picture(image: &Image) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let format = ImageFormat::from_extension(&image.format).expect("a format of pictures");
    DynamicImage::new_rgb8(image.width, image.height)
        .write_to(&mut bytes, format)
        .expect("a picture can be written");
    bytes.into_inner()
}

/// What was sent where only the length and the checksum were recorded: bytes that count up.
fn counting(length: usize, sha256: &str) -> Vec<u8> {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    assert_eq!(
        hex(&Sha256::digest(&bytes)),
        sha256,
        "other bytes were recorded"
    );
    bytes
}
