//! Pure: the description document that LOCATION names. The Manager serves it at
//! [`DESCRIPTION_PATH`](crate::message::DESCRIPTION_PATH) as [`CONTENT_TYPE`].
//!
//! Workers never read it; file managers and network browsers do, to show the farm by its name.

use crate::message::{DEVICE_UUID, SERVICE};

/// The document's content type.
pub const CONTENT_TYPE: &str = "application/xml; charset=UTF-8";

/// The document. `manager` is the Manager's own name for people, empty if it has none.
pub fn description(version: &str, manager: &str) -> String {
    let name = if manager.is_empty() {
        "Farandole"
    } else {
        manager
    };
    let elements = [
        ("deviceType", SERVICE.to_owned()),
        ("friendlyName", format!("{name} {version}")),
        ("manufacturer", "Farandole".to_owned()),
        ("modelDescription", "Render farm for Blender".to_owned()),
        ("modelName", "Farandole".to_owned()),
        ("modelNumber", version.to_owned()),
        ("UDN", format!("uuid:{DEVICE_UUID}")),
        ("presentationURL", "/".to_owned()),
    ];
    let device = elements
        .map(|(tag, text)| format!("    <{tag}>{}</{tag}>\n", escape(&text)))
        .concat();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion>
    <major>1</major>
    <minor>0</minor>
  </specVersion>
  <URLBase>/</URLBase>
  <device>
{device}  </device>
</root>
"#
    )
}

/// Text as XML takes it; characters that XML 1.0 has no place for are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_the_farm_and_the_device() {
        let text = description("1.2.3", "");
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root xmlns="));
        assert!(text.contains("    <friendlyName>Farandole 1.2.3</friendlyName>\n"));
        assert!(text.contains("<UDN>uuid:aa80bc5f-d0af-46b8-8630-23bd7e80ec4d</UDN>"));
        assert!(text.ends_with("  </device>\n</root>\n"));
    }

    #[test]
    fn a_name_cannot_break_the_document() {
        let text = description("1", "R&D <\u{0}\"north\">\n");
        assert!(
            text.contains("<friendlyName>R&amp;D &lt;&quot;north&quot;&gt;  1</friendlyName>"),
            "{text}"
        );
    }
}
