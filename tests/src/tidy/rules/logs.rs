//! What is logged: the names of fields are those that `docs/observing.md` lists, and texts are small and unfinished.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

/// Where the names of fields are written down.
const PAGE: &str = "docs/observing.md";
const LIST: &str = include_str!("../../../../docs/observing.md");
/// How their table begins.
const TABLE: &str = "| field |";

const MACROS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

/// The one text with something in it: people follow the address.
const WITH_SOMETHING_IN_IT: &str = "listening on http://{}/";

/// Names that are not in the list, and texts that do not begin small, end with a full stop, or have something formatted
/// into them, which belongs into a field.
pub(super) fn logs(source: &Source) -> Vec<Finding> {
    let listed: Vec<&str> = listed().collect();
    let mut findings = Vec::new();
    for (line, field) in fields(source) {
        if !listed.contains(&field.as_str()) {
            findings.push(source.finding(line, format!("the field {field} is not in {PAGE}")));
        }
    }
    for arguments in events(&source.production) {
        for argument in split(&arguments) {
            if let Some(TokenTree::Literal(text)) = argument.first()
                && let Some(why) = objection(&text.to_string())
            {
                findings.push(source.finding(text.span().start().line, why));
                break;
            }
        }
    }
    findings
}

/// Handlers of messages without a span: their lines would not say what was being dealt with.
pub(super) fn spans(source: &Source) -> Vec<Finding> {
    if source.production.is_empty() {
        return Vec::new();
    }
    let handlers = source.items.iter().filter_map(|item| {
        let syn::Item::Impl(found) = item else {
            return None;
        };
        let (_, name, _) = found.trait_.as_ref()?;
        ends_with(name, "Handler").then_some(&found.items)
    });
    let without = handlers.flatten().filter_map(|item| {
        let syn::ImplItem::Fn(handle) = item else {
            return None;
        };
        let mut attributes = handle.attrs.iter();
        let has_span = attributes.any(|one| ends_with(one.path(), "instrument"));
        (!has_span).then(|| handle.sig.ident.span().start().line)
    });
    without
        .map(|line| source.finding(line, "a handler without a span: #[instrument(…)]"))
        .collect()
}

fn ends_with(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// Names in the list that nothing is logged under.
pub fn unused(sources: &[Source]) -> Vec<Finding> {
    let used: Vec<String> = sources
        .iter()
        .flat_map(|source| fields(source).into_iter().map(|(_, field)| field))
        .collect();
    let gone = listed().filter(|field| !used.iter().any(|used| used == field));
    gone.map(|field| Finding {
        path: PAGE.to_owned(),
        line: LIST
            .lines()
            .position(|line| line.starts_with(&format!("| `{field}` |")))
            .map_or(1, |at| at + 1),
        what: format!("nothing is logged as {field}"),
    })
    .collect()
}

fn listed() -> impl Iterator<Item = &'static str> {
    let table = LIST.lines().skip_while(|line| !line.starts_with(TABLE));
    table
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

/// The fields of all events and spans, with the lines that they stand on.
fn fields(source: &Source) -> Vec<(usize, String)> {
    let mut groups = events(&source.production);
    groups.extend(attributes(&source.production));
    // What follows the text is part of it.
    let is_text =
        |argument: &Vec<TokenTree>| matches!(argument.first(), Some(TokenTree::Literal(_)));
    let arguments = groups.iter().flat_map(|group| {
        let arguments = split(group).into_iter();
        arguments.take_while(move |argument| !is_text(argument))
    });
    arguments
        .filter_map(|argument| {
            let line = argument.first()?.span().start().line;
            Some((line, field(&argument)?))
        })
        .collect()
}

/// What stands between the parentheses of each event.
fn events(tokens: &TokenStream) -> Vec<Group> {
    let mut found = Vec::new();
    each_level(tokens, &mut |level| {
        for window in level.windows(3) {
            if let [
                TokenTree::Ident(name),
                TokenTree::Punct(mark),
                TokenTree::Group(inside),
            ] = window
                && MACROS.iter().any(|one| name == one)
                && mark.as_char() == '!'
            {
                found.push(inside.clone());
            }
        }
    });
    found
}

/// What stands in `fields(…)` of each `#[instrument(…)]`.
fn attributes(tokens: &TokenStream) -> Vec<Group> {
    let mut found = Vec::new();
    each_level(tokens, &mut |level| {
        for window in level.windows(2) {
            if let [TokenTree::Ident(name), TokenTree::Group(inside)] = window
                && name == "instrument"
                && inside.delimiter() == Delimiter::Parenthesis
            {
                let inside: Vec<TokenTree> = inside.stream().into_iter().collect();
                let fields = inside.windows(2).filter_map(|window| match window {
                    [TokenTree::Ident(name), TokenTree::Group(fields)] if name == "fields" => {
                        Some(fields.clone())
                    }
                    _ => None,
                });
                found.extend(fields);
            }
        }
    });
    found
}

/// The arguments of a macro.
fn split(group: &Group) -> Vec<Vec<TokenTree>> {
    let mut arguments = vec![Vec::new()];
    for token in group.stream() {
        if matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',') {
            arguments.push(Vec::new());
        } else if let Some(last) = arguments.last_mut() {
            last.push(token);
        }
    }
    arguments
}

/// The name of a field: `name = value`, `name`, `%name`, `?name`.
fn field(argument: &[TokenTree]) -> Option<String> {
    let mut name = String::new();
    for token in argument {
        match token {
            TokenTree::Punct(mark) => match mark.as_char() {
                '%' | '?' if name.is_empty() => {}
                '.' if !name.is_empty() => name.push('.'),
                '=' => break,
                _ => return None,
            },
            TokenTree::Ident(part) => name.push_str(&part.to_string()),
            TokenTree::Group(_) | TokenTree::Literal(_) => return None,
        }
    }
    (!name.is_empty()).then_some(name)
}

/// What is wrong with a text.
fn objection(literal: &str) -> Option<&'static str> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    let is_whole = text.starts_with('{') && text.ends_with('}') && text.matches('{').count() == 1;
    if text.starts_with(char::is_uppercase) {
        return Some("a text of the log begins small");
    }
    if text.ends_with('.') {
        return Some("a text of the log has no full stop");
    }
    let has_something = text.contains('{') && !is_whole && text != WITH_SOMETHING_IN_IT;
    has_something.then_some("what a text of the log is about belongs into a field")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    const PATH: &str = "manager/src/a.rs";

    #[test]
    fn unknown_names_are_found() {
        let bad = "fn f() {\n    tracing::info!(job.id = %job, \"x\");\n    info!(\n        job = %job,\n        \"x\"\n    );\n    \
            warn!(%fault, \"x\");\n    debug!(?task.number, \"x\");\n}\n\
            #[instrument(name = \"x\", skip_all, fields(job.id = %a.b, task = %c))]\nfn g() {}";
        check(logs, PATH, bad, &[4, 7, 8, 10]);
    }

    #[test]
    fn texts_that_are_not_ours_are_found() {
        let bad = "fn f() {\n    info!(\"Big\");\n    info!(%error, \"ends.\");\n    info!(\"job {id} is gone\");\n}";
        check(logs, PATH, bad, &[2, 3, 4]);
    }

    #[test]
    fn known_names_and_plain_texts_are_fine() {
        let fine = "fn f() { info!(task.id = %a.b.0, error = &error as &dyn Error, job.count = jobs.len(), %url, \"ends; so\"); \
            warn!(\"{warning}\"); debug!(process.id = 1, \"{}\", line.text); other!(x, \"Y.\"); }\n\
            #[instrument(name = \"x\", level = \"debug\", skip_all)]\nfn g() {}\n\
            #[cfg(test)]\nmod tests { fn f() { info!(wrong, \"X\"); } }";
        check(logs, PATH, fine, &[]);
    }

    #[test]
    fn handlers_without_a_span_are_found() {
        let bad = "impl Handler<Look> for A {\n    type Result = ();\n    fn handle(&mut self) {}\n}\n\
            impl<C> actix::Handler<Ask<C>> for A { #[must_use]\nfn handle(&mut self) {}\n}";
        check(spans, PATH, bad, &[3, 6]);
        let fine = "impl Handler<Look> for A { type Result = (); #[instrument(skip_all)] fn handle(&mut self) {} }\n\
            impl StreamHandler<Look> for A { fn handle(&mut self) {} }\n\
            #[cfg(test)]\nmod tests { impl Handler<Look> for B { fn handle(&mut self) {} } }";
        check(spans, PATH, fine, &[]);
    }

    #[test]
    fn names_that_nobody_uses_are_found() {
        let source = Source::parse(PATH, "fn f() { info!(job.id = 1, \"x\"); }", false).unwrap();
        let found = unused(&[source]);
        assert_eq!(found.len(), listed().count() - 1);
        assert!(found.iter().all(|finding| finding.line > 1));
    }
}
