//! Reading the little that the pages need out of Rust sources: doc comments, tests and enums.

/// A test: the sentence that its name is, and the promises that it keeps.
#[derive(Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) sentence: String,
    pub(super) promises: Vec<u8>,
}

/// What a source says about a field or an event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) doc: String,
}

/// An event in the source: its variant, what it means, and its fields.
#[derive(Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) variant: Described,
    pub(super) fields: Vec<Described>,
}

/// The first line of a module's description.
pub(super) fn title(source: &str) -> &str {
    let first = source.lines().find_map(|line| line.strip_prefix("//! "));
    first.unwrap_or_default().trim_end_matches('.')
}

/// Every test of a module, in its order.
pub(super) fn rules(source: &str) -> Vec<Rule> {
    let mut found = Vec::new();
    let (mut promises, mut test) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("/// ") {
            promises.extend(promises_in(doc));
        } else if line == "#[test]" || line == "#[tokio::test]" {
            test = true;
        } else if !line.starts_with("#[") {
            let name = function(line).filter(|_| test);
            let promises = std::mem::take(&mut promises);
            test = false;
            found.extend(name.map(|name| Rule { sentence: name.replace('_', " "), promises }));
        }
    }
    found
}

fn promises_in(doc: &str) -> Vec<u8> {
    doc.split("Promise ").skip(1).filter_map(|rest| rest.split_once('.')?.0.parse().ok()).collect()
}

fn function(line: &str) -> Option<&str> {
    let signature = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    signature.split('(').next()
}

/// The event that is stored under a name: the variant that the name stands beside, and its fields.
pub(super) fn variant(source: &str, stored_name: &str) -> Option<Variant> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let place = lines.iter().position(|line| *line == format!("#[serde(rename = \"{stored_name}\")]"))?;
    let (before, after) = lines.split_at_checked(place)?;
    let head = after.get(1)?;
    let name = head.split([' ', '(', '{', ',']).next()?.to_owned();
    let fields = match head.split_once('(') {
        Some((_, inner)) => fields_of_struct(&lines, inner.trim_end_matches("),")),
        None if head.ends_with("{},") => Vec::new(),
        None => fields(after.get(2..)?),
    };
    Some(Variant { variant: Described { name, doc: doc_above(before) }, fields })
}

/// The doc comment that ends a list of lines.
fn doc_above(lines: &[&str]) -> String {
    let doc: Vec<&str> = lines.iter().rev().map_while(|line| line.strip_prefix("///")).collect();
    doc.into_iter().rev().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn fields_of_struct(lines: &[&str], name: &str) -> Vec<Described> {
    let head = format!("pub struct {name} {{");
    let place = lines.iter().position(|line| *line == head).unwrap_or(lines.len());
    fields(lines.get(place + 1..).unwrap_or_default())
}

/// Fields with their docs, up to the closing brace.
fn fields(lines: &[&str]) -> Vec<Described> {
    let mut found = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    for line in lines.iter().take_while(|line| !line.starts_with('}')) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text.trim());
        } else if let Some((name, _)) = line.split_once(": ").filter(|_| !line.starts_with("#[")) {
            let name = name.trim_start_matches("pub ").to_owned();
            found.push(Described { name, doc: std::mem::take(&mut doc).join(" ").trim().to_owned() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read_with_their_promises() {
        let source = "/// Promise 2. Promise 12.\n#[test]\nfn a_code_is_used_once() {\n}\n\nfn helper() {}\n\
                      /// About a helper.\nfn other() {}\n#[tokio::test]\nasync fn it_waits() {";
        let rule = |sentence: &str, promises: &[u8]| Rule {
            sentence: sentence.to_owned(),
            promises: promises.to_vec(),
        };
        assert_eq!(rules(source), [rule("a code is used once", &[2, 12]), rule("it waits", &[])]);
    }

    #[test]
    fn an_event_is_read_with_its_fields() {
        let source = "/// It opened,\n/// wide.\n#[serde(rename = \"door.opened\")]\nOpened {\n/// By whom.\n\
                      #[serde(default)]\nby: String,\n/// How wide.\nwidth: u32,\n},\n\
                      /// It shut.\n#[serde(rename = \"door.shut\")]\nShut {},";
        let described = |name: &str, doc: &str| Described { name: name.to_owned(), doc: doc.to_owned() };
        let opened = variant(source, "door.opened").unwrap();
        assert_eq!(opened.variant, described("Opened", "It opened, wide."));
        assert_eq!(opened.fields, [described("by", "By whom."), described("width", "How wide.")]);
        assert_eq!(variant(source, "door.shut").unwrap().fields, []);
        assert_eq!(variant(source, "door.painted"), None);
    }
}
