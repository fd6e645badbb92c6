//! The colours of an OpenEXR picture as a screen shows them.
//!
//! A frame with many layers shows what Blender calls the combined one. Colours are linear light, multiplied with
//! their alpha already, so that on black they are shown as they are. No tone mapping: what is too bright is white.

use std::path::Path;

use exr::error::{Error, Result};
use exr::meta::MetaData;
use exr::meta::attribute::Text;
use exr::prelude::{ReadChannels, ReadLayers, ReadSpecificChannel, Vec2, read};
use farandole_frames::open_regular;
use image::{Rgb, RgbImage};

/// Larger pictures are not shown: with three floats a pixel this is a gigabyte.
const MAX_PIXELS: usize = (1 << 30) / 12;

/// Reads the colours of a picture.
pub(super) fn read_exr(path: &Path) -> Result<RgbImage> {
    let meta = MetaData::read_from_unbuffered(open_regular(path)?, false)?;
    let [red, green, blue] = colour_channels(&channel_names(&meta)).ok_or_else(no_colours)?;
    if meta
        .headers
        .iter()
        .any(|header| header.layer_size.area() > MAX_PIXELS)
    {
        return Err(Error::NotSupported("it is too large".into()));
    }
    let picture = read()
        .no_deep_data()
        .largest_resolution_level()
        .specific_channels()
        .required(red)
        .required(green)
        .required(blue)
        .collect_pixels(
            |size, _| RgbImage::new(side(size.width()), side(size.height())),
            |picture: &mut RgbImage, at: Vec2<usize>, (red, green, blue): (f32, f32, f32)| {
                if let Some(pixel) = picture.get_pixel_mut_checked(side(at.x()), side(at.y())) {
                    *pixel = Rgb([red, green, blue].map(shown));
                }
            },
        )
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_unbuffered(open_regular(path)?)?;
    Ok(picture.layer_data.channel_data.pixels)
}

/// The name of the layer whose colours are shown. None for plain colours, and for a picture without any.
pub(crate) fn shown_layer(path: &Path) -> Result<Option<String>> {
    let names = channel_names(&MetaData::read_from_unbuffered(open_regular(path)?, false)?);
    let layer = colour_channels(&names).and_then(|[red, ..]| {
        let red = red.to_string();
        red.strip_suffix(".R").map(str::to_owned)
    });
    Ok(layer)
}

fn channel_names(meta: &MetaData) -> Vec<Text> {
    let channels = meta
        .headers
        .iter()
        .flat_map(|header| header.channels.list.iter());
    channels.map(|channel| channel.name.clone()).collect()
}

fn no_colours() -> Error {
    Error::NotSupported("it has no colours".into())
}

fn side(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The plain colours, else the combined ones of the first layer, which in a multi-view render are those of a view.
fn colour_channels(names: &[Text]) -> Option<[Text; 3]> {
    let find = |prefix: &str| {
        let find = |colour| {
            names
                .iter()
                .find(|name| **name == *format!("{prefix}{colour}").as_str())
                .cloned()
        };
        Some([find("R")?, find("G")?, find("B")?])
    };
    find("").or_else(|| {
        names.iter().find_map(|name| {
            let name = name.to_string();
            find(
                name.strip_suffix('R')
                    .filter(|prefix| prefix.contains("Combined."))?,
            )
        })
    })
}

/// Linear light as a value for the screen.
pub(crate) fn shown(linear: f32) -> u8 {
    let light = linear.clamp(0.0, 1.0);
    let curved = if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 255, or not a number"
    )]
    let value = (curved * 255.0).round() as u8;
    value
}

#[cfg(test)]
mod tests {
    use exr::prelude::{
        AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes,
        WritableImage,
    };

    use super::*;

    fn write(path: &Path, names: &[(&str, f32)]) {
        let channel =
            |(name, value): &(&str, f32)| AnyChannel::new(*name, FlatSamples::F32(vec![*value; 6]));
        let channels = AnyChannels::sort(names.iter().map(channel).collect());
        let layer = Layer::new(
            (3, 2),
            LayerAttributes::default(),
            Encoding::FAST_LOSSLESS,
            channels,
        );
        Image::from_layer(layer).write().to_file(path).unwrap();
    }

    #[test]
    fn the_combined_layer_of_a_layered_frame_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.exr");
        write(
            &path,
            &[
                ("View.Combined.A", 1.0),
                ("View.Combined.B", 0.0),
                ("View.Combined.G", 0.5),
                ("View.Combined.R", 1.0),
                ("View.Depth.Z", 9.0),
            ],
        );
        let picture = read_exr(&path).unwrap();
        assert_eq!(picture.dimensions(), (3, 2));
        assert_eq!(picture.get_pixel(2, 1).0, [255, 188, 0]);
    }

    #[test]
    fn the_layer_that_is_shown_has_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.exr");
        for (prefix, layer) in [
            ("", None),
            ("View.Combined.", Some("View.Combined")),
            ("View.Combined.left.", Some("View.Combined.left")),
        ] {
            let names = ["B", "G", "R"].map(|colour| format!("{prefix}{colour}"));
            let channels: Vec<_> = names.iter().map(|name| (name.as_str(), 0.5)).collect();
            write(&path, &channels);
            assert_eq!(shown_layer(&path).unwrap().as_deref(), layer);
            assert_eq!(read_exr(&path).unwrap().get_pixel(0, 0).0, [188; 3]);
        }
    }

    #[test]
    fn a_frame_without_colours_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.exr");
        write(&path, &[("View.Depth.Z", 9.0)]);
        assert!(read_exr(&path).is_err());
    }

    #[test]
    fn values_that_are_no_light_show_black_or_white() {
        assert_eq!([f32::NAN, -1.0, f32::INFINITY].map(shown), [0, 0, 255]);
    }
}
