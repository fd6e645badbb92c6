//! What browsers may do with answers: not guess types, not frame pages, not run what jobs have made.

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentDisposition, DispositionType, HeaderMap,
    HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// For pages of ours: scripts and styles of this origin alone. The page of the API's documentation sets styles by itself
/// and has pictures in its style sheet.
const OF_PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// For all else, which may be a file of a job: it is of no origin, and runs nothing.
const OF_FILES: &str = "sandbox";

/// The pictures and videos that browsers may show, by their extensions. None of these can hold a script.
const SHOWN: [(&str, &str); 18] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("bmp", "image/bmp"),
    ("avif", "image/avif"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("exr", "image/x-exr"),
    ("hdr", "image/vnd.radiance"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("ogv", "video/ogg"),
    ("avi", "video/x-msvideo"),
];

/// The type of a file that a browser may show, by its name.
pub(super) fn shown_as(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    let shown = |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(extension);
    SHOWN.iter().find(shown).map(|(_, media_type)| *media_type)
}

/// Says that a browser may show a file, and need not save it.
pub(super) fn inline() -> ContentDisposition {
    ContentDisposition {
        disposition: DispositionType::Inline,
        parameters: Vec::new(),
    }
}

/// Adds to an answer what browsers are to heed.
pub(super) fn add_policies(headers: &mut HeaderMap) {
    let is_page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|found| found.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { OF_PAGES } else { OF_FILES };
    let added: [(HeaderName, &'static str); 4] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    for (name, value) in added {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_videos_are_shown_and_nothing_that_can_hold_a_script() {
        assert_eq!(shown_as("a/0001.PNG"), Some("image/png"));
        assert_eq!(shown_as("a.b.mp4"), Some("video/mp4"));
        for hidden in [
            "a.html",
            "a.svg",
            "a.xml",
            "a.pdf",
            "a.png.html",
            "png",
            "a.",
            "",
            "a.htm",
            "a.js",
        ] {
            assert_eq!(shown_as(hidden), None, "{hidden}");
        }
    }
}
