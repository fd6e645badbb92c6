//! Makes pictures in the formats that are decoded, in several variants.

use std::io::Cursor;

use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, Layers, LineOrder, Vec2, WritableImage,
};
use image::{DynamicImage, ImageFormat};
use tiff::encoder::{Compression as TiffCompression, compression::DeflateLevel};
use tiff::encoder::{TiffEncoder, colortype};

/// The size of the pictures.
const SIZE: (u32, u32) = (61, 47);

/// Pictures as (variant, name, content).
pub(crate) fn generated() -> Vec<(String, &'static str, Vec<u8>)> {
    let mut all = encoded_by_image();
    all.extend(tiffs());
    all.extend(openexrs());
    all
}

/// Noise, so that there is something to cut in every format.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}

fn encoded_by_image() -> Vec<(String, &'static str, Vec<u8>)> {
    let pixels = (SIZE.0 * SIZE.1) as usize;
    let rgb = image::RgbImage::from_raw(SIZE.0, SIZE.1, noise(pixels * 3)).unwrap();
    let rgba = image::RgbaImage::from_raw(SIZE.0, SIZE.1, noise(pixels * 4)).unwrap();
    let rgb = DynamicImage::ImageRgb8(rgb);
    let rgba = DynamicImage::ImageRgba8(rgba);
    let wide = DynamicImage::ImageRgb16(rgb.to_rgb16());
    let grey = DynamicImage::ImageLuma8(rgb.to_luma8());
    let encode = |what: &str, name, picture: &DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        (what.to_owned(), name, bytes.into_inner())
    };
    vec![
        encode("PNG", "f.png", &rgb, ImageFormat::Png),
        encode("PNG with alpha", "f.png", &rgba, ImageFormat::Png),
        encode("PNG with 16 bits", "f.png", &wide, ImageFormat::Png),
        encode("grey PNG", "f.png", &grey, ImageFormat::Png),
        encode("JPEG", "f.jpg", &rgb, ImageFormat::Jpeg),
        encode("grey JPEG", "f.jpeg", &grey, ImageFormat::Jpeg),
        encode("lossless WebP", "f.webp", &rgb, ImageFormat::WebP),
        encode(
            "lossless WebP with alpha",
            "f.webp",
            &rgba,
            ImageFormat::WebP,
        ),
    ]
}

fn tiffs() -> Vec<(String, &'static str, Vec<u8>)> {
    let pixels = noise((SIZE.0 * SIZE.1 * 3) as usize);
    let wide: Vec<u16> = pixels.iter().map(|byte| u16::from(*byte) * 257).collect();
    let mut all = Vec::new();
    for (how, compression) in [
        ("uncompressed", TiffCompression::Uncompressed),
        ("LZW", TiffCompression::Lzw),
        ("deflate", TiffCompression::Deflate(DeflateLevel::Balanced)),
        ("packbits", TiffCompression::Packbits),
    ] {
        for rows in [1, 16, SIZE.1] {
            let mut bytes = Cursor::new(Vec::new());
            let mut encoder = TiffEncoder::new(&mut bytes)
                .unwrap()
                .with_compression(compression);
            let mut image = encoder
                .new_image::<colortype::RGB8>(SIZE.0, SIZE.1)
                .unwrap();
            image.rows_per_strip(rows).unwrap();
            image.write_data(&pixels).unwrap();
            let what = format!("TIFF, {how}, {rows} rows per strip");
            all.push((what, "f.tif", bytes.into_inner()));
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    TiffEncoder::new_big(&mut bytes)
        .unwrap()
        .write_image::<colortype::RGB16>(SIZE.0, SIZE.1, &wide)
        .unwrap();
    all.push((
        "TIFF with large offsets".to_owned(),
        "f.tif",
        bytes.into_inner(),
    ));
    all
}

fn openexrs() -> Vec<(String, &'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for compression in [
        Compression::Uncompressed,
        Compression::RLE,
        Compression::ZIP1,
        Compression::ZIP16,
        Compression::PIZ,
        Compression::PXR24,
        Compression::B44,
    ] {
        for (how, blocks) in [
            ("rows", Blocks::ScanLines),
            ("tiles", Blocks::Tiles(Vec2(16, 16))),
        ] {
            let encoding = Encoding {
                compression,
                blocks,
                line_order: LineOrder::Increasing,
            };
            all.push(openexr(
                &format!("OpenEXR, {compression:?}, {how}"),
                &[encoding],
            ));
        }
    }
    let (zip, piz) = (Encoding::SMALL_LOSSLESS, Encoding::SMALL_FAST_LOSSLESS);
    all.push(openexr("OpenEXR of two parts", &[zip, piz]));
    all
}

/// A picture with one part for each of the encodings.
fn openexr(what: &str, parts: &[Encoding]) -> (String, &'static str, Vec<u8>) {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let layer = |number: usize, encoding: &Encoding| {
        let channel = |name: &str| {
            let samples = noise(width * height).into_iter().map(f32::from).collect();
            AnyChannel::new(name, FlatSamples::F32(samples))
        };
        let channels = ["Combined.B", "Combined.G", "Combined.R", "Depth.Z"];
        Layer::new(
            (width, height),
            LayerAttributes::named(format!("View{number}").as_str()),
            *encoding,
            AnyChannels::sort(channels.map(channel).into_iter().collect()),
        )
    };
    let layers: Layers<_> = parts
        .iter()
        .enumerate()
        .map(|(number, encoding)| layer(number, encoding))
        .collect();
    let mut bytes = Cursor::new(Vec::new());
    let bounds = IntegerBounds::from_dimensions((width, height));
    let image = Image::from_layers(ImageAttributes::new(bounds), layers);
    image
        .write()
        .non_parallel()
        .to_buffered(&mut bytes)
        .unwrap();
    (what.to_owned(), "f.exr", bytes.into_inner())
}
