//! Damaged and random files: nothing panics, and a header that claims a gigantic picture costs no memory.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod support;

use std::fs;

use farandole_frames::Examined;
use proptest::prelude::*;

use support::{data, generated, look};

/// What is said when a decoder panicked.
const PANICKED: &str = "its decoder failed";

const SIGNATURES: &[&[u8]] = &[
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"\xff\xd8\xff\xe0",
    b"II\x2a\0\x08\0\0\0",
    b"RIFF\xff\0\0\0WEBPVP8L",
    b"\x76\x2f\x31\x01\x02\0\0\0",
    b"#?RADIANCE\n\n",
    b"BM\0\0\0\0\0\0\0\0",
    b"SDPX\0\0",
    b"\x80\x2a\x5f\xd7",
    b"\x01\xda\x01\x01\0\x03",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x1cftypavif",
    b"\0\0\x0a",
];

const NAMES: [&str; 4] = ["f", "f.tga", "f.png", "f.exr"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_do_no_harm(
        signature in 0..SIGNATURES.len(),
        name in 0..NAMES.len(),
        rest in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let mut bytes = SIGNATURES[signature].to_vec();
        bytes.extend(rest);
        let verdict = look(NAMES[name], &bytes);
        prop_assert_ne!(verdict, Examined::Unknown(PANICKED.to_owned()));
    }

    #[test]
    fn damaged_headers_do_no_harm(
        picture in any::<prop::sample::Index>(),
        damage in prop::collection::vec((0_usize..600, any::<u8>()), 1..6),
    ) {
        let mut all = data("blender-3.4");
        let (name, bytes) = all.swap_remove(picture.index(all.len()));
        let mut bytes = bytes;
        for (position, byte) in damage {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        let verdict = look(&name, &bytes);
        prop_assert_ne!(verdict, Examined::Unknown(PANICKED.to_owned()), "{}", name);
    }
}

/// The bytes of a picture, with others in the place that follows `before`.
fn patched(bytes: &[u8], before: &[u8], with: &[u8]) -> Vec<u8> {
    let start = bytes
        .windows(before.len())
        .position(|part| part == before)
        .unwrap()
        + before.len();
    let mut patched = bytes.to_vec();
    patched[start..start + with.len()].copy_from_slice(with);
    patched
}

#[test]
fn a_gigantic_claim_is_no_whole_picture_and_takes_no_memory() {
    let claim = 100_000_u32;
    let all = generated();
    let picture = |what: &str| {
        let found = all.iter().find(|(found, ..)| found.contains(what));
        found.map(|(_, name, bytes)| (*name, bytes)).unwrap()
    };
    let mut claims = Vec::new();
    let (name, png) = picture("PNG");
    let both = [claim.to_be_bytes(), claim.to_be_bytes()].concat();
    // The checksum of the header is not right any more, which alone is found; so it is made right.
    let mut header = patched(png, b"IHDR", &both);
    let checksum = crc(&header[12..29]);
    header[29..33].copy_from_slice(&checksum.to_be_bytes());
    claims.push((name, header));
    let (name, jpeg) = picture("JPEG");
    claims.push((
        name,
        patched(jpeg, b"\xff\xc0\0\x11\x08", &[0xff, 0xff, 0xff, 0xff]),
    ));
    let (name, webp) = picture("lossless WebP");
    claims.push((name, patched(webp, b"VP8L", &webp_claim(webp))));
    let corner = [
        [0; 4],
        [0; 4],
        (claim - 1).to_le_bytes(),
        (claim - 1).to_le_bytes(),
    ]
    .concat();
    for what in ["ZIP16, rows", "PIZ, rows", "Uncompressed, tiles"] {
        let (name, exr) = picture(what);
        claims.push((
            name,
            patched(exr, b"dataWindow\0box2i\0\x10\0\0\0", &corner),
        ));
    }
    for what in ["uncompressed, 47 rows", "LZW, 47 rows", "deflate, 47 rows"] {
        let (name, tiff) = picture(what);
        let mut tiff = patched(tiff, b"\0\x01\x04\0\x01\0\0\0", &claim.to_le_bytes());
        tiff = patched(&tiff, b"\x01\x01\x04\0\x01\0\0\0", &claim.to_le_bytes());
        tiff = patched(&tiff, b"\x16\x01\x04\0\x01\0\0\0", &claim.to_le_bytes());
        claims.push((name, tiff));
    }
    for (name, bytes) in claims {
        let verdict = look(name, &bytes);
        assert!(
            matches!(verdict, Examined::Broken(_) | Examined::Unknown(_)),
            "{name}: {verdict:?}"
        );
    }
    // Where the system tells how much memory was used at most, it was not much.
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: u64 = peak
            .and_then(|peak| peak.trim().strip_suffix(" kB"))
            .and_then(|peak| peak.parse().ok())
            .unwrap();
        assert!(peak < 400_000, "{peak} kB");
    }
}

/// The length and the first bytes of a lossless WebP, which claims the largest size that there is.
fn webp_claim(webp: &[u8]) -> Vec<u8> {
    let mut claim = webp[16..25].to_vec();
    claim[5..8].fill(0xff);
    claim
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    !crc
}
