//! Plain tables, aligned. Pure.

/// Rows under a heading; numbers of columns are as in the heading.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(heading, widths);
    for row in rows {
        text += &line(row.each_ref().map(String::as_str), widths);
    }
    text
}

fn line<const N: usize>(cells: [&str; N], widths: [usize; N]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    format!("{}\n", padded.join("  ").trim_end())
}

/// The beginning of an id, which is enough to name it.
pub(crate) fn short(id: impl std::fmt::Display) -> String {
    id.to_string().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "long name".to_owned()],
            ["bcd".to_owned(), "x".to_owned()],
        ];
        assert_eq!(
            table(["id", "name"], &rows),
            "id   name\na    long name\nbcd  x\n"
        );
    }
}
