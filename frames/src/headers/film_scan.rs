//! Checks the two formats of film scanners, DPX and Cineon: their headers, and the length of their pixels.

use crate::examine::Size;
use crate::failure::NotWholeError;
use crate::source::Source;

/// A DPX has all bytes that its header and the size of the picture ask for.
pub(crate) fn dpx(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let is_little = source.at(0)? == *b"XPDS";
    let long = |bytes: [u8; 4]| {
        if is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    };
    let offset = long(source.at(4)?);
    let file_size = long(source.at(16)?);
    let size = (long(source.at(772)?), long(source.next()?));
    let [descriptor] = source.at(800)?;
    let [bits] = source.at(803)?;
    let channels = match descriptor {
        1..=6 => 1,
        50 => 3,
        51 | 52 => 4,
        // Others exist, whose rows are not known here; the size in the header is checked all the same.
        _ => 0,
    };
    check_length(
        source,
        Claim {
            offset,
            file_size,
            size,
            channels,
            bits,
        },
    )
}

/// A Cineon file has all bytes that its header and the size of the picture ask for.
pub(crate) fn cineon(source: &mut Source) -> Result<Option<Size>, NotWholeError> {
    let is_little = source.at(0)? == [0xd7, 0x5f, 0x2a, 0x80];
    let long = |bytes: [u8; 4]| {
        if is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    };
    let offset = long(source.at(4)?);
    let file_size = long(source.at(20)?);
    let [channels] = source.at(193)?;
    let [bits] = source.at(198)?;
    let size = (long(source.at(200)?), long(source.next()?));
    check_length(
        source,
        Claim {
            offset,
            file_size,
            size,
            channels: channels.into(),
            bits,
        },
    )
}

/// What a header says about the length of its file.
struct Claim {
    offset: u32,
    file_size: u32,
    size: Size,
    channels: u64,
    bits: u8,
}

fn check_length(source: &Source, claim: Claim) -> Result<Option<Size>, NotWholeError> {
    let (width, height) = claim.size;
    if width == 0 || height == 0 || claim.offset < 1024 {
        return Err(NotWholeError::broken("its header is damaged"));
    }
    // All bits are set where a program did not know the number.
    if claim.file_size != u32::MAX {
        source.must_reach(claim.file_size.into())?;
    }
    let samples = u64::from(width).saturating_mul(claim.channels);
    let row = match claim.bits {
        8 => samples,
        // Three samples in four bytes is the usual packing, and there is no denser one.
        10 => samples.saturating_mul(10).div_ceil(8),
        12 => samples.saturating_mul(12).div_ceil(8),
        16 => samples.saturating_mul(2),
        _ => 0,
    };
    source.must_reach(u64::from(claim.offset).saturating_add(row.saturating_mul(height.into())))?;
    Ok(Some(claim.size))
}
