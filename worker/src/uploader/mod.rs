//! Sends pictures of what was rendered, for people to look at. The newest of each task is enough; one that cannot
//! be sent is forgotten.

mod actor;
mod exr_colours;
mod picture;

pub use actor::{OfferPicture, OutputUploader};
pub(crate) use exr_colours::{shown, shown_layer};
pub use picture::{PictureFault, jpeg_of};
