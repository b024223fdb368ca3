//! JSON that says everything once: names that stand twice in an object are told, and not the last one believed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::escape;

/// What a text says, and the pointers of what it says twice.
pub(super) fn read(text: &[u8]) -> Result<(Value, Vec<String>), serde_json::Error> {
    let mut twice = Vec::new();
    let mut from = serde_json::Deserializer::from_slice(text);
    let value = Reading { at: String::new(), twice: &mut twice }.deserialize(&mut from)?;
    from.end()?;
    Ok((value, twice))
}

/// The reading of what stands at a pointer.
struct Reading<'a> {
    at: String,
    twice: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items
            .next_element_seed(Reading { at: format!("{}/{}", self.at, values.len()), twice: self.twice })?
        {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let at = format!("{}/{}", self.at, escape(&name));
            let value = entries.next_value_seed(Reading { at: at.clone(), twice: self.twice })?;
            if fields.insert(name, value).is_some() {
                self.twice.push(at);
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_twice_is_told_at_every_depth() {
        let text = br#"{"a": 1, "b": {"c": [{"d/e": 2, "d/e": 3}]}, "a": null}"#;
        let (value, twice) = read(text).unwrap();
        assert_eq!(twice, ["/b/c/0/d~1e", "/a"]);
        assert_eq!(value, json!({ "a": null, "b": { "c": [{ "d/e": 3 }] } }));
    }

    #[test]
    fn every_text_is_read_as_the_same_value_as_elsewhere() {
        for text in
            ["null", "true", "-7", "18446744073709551615", "0.5", r#""\u00e4""#, "[]", "{}", "{\"a\":[1,{}]}"]
        {
            assert_eq!(read(text.as_bytes()).unwrap(), (serde_json::from_str(text).unwrap(), Vec::new()));
        }
        for text in ["", "{", "{} {}", "{\"a\"}", "[1,]", "nul", "\"\u{1}\""] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
