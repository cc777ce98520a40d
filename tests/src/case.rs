//! One case of a fixture: a JSON object that is asked for its values by key.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{Array, Fixture};

/// A case, or an object within one. Errors name the key; the case is named by the [`Ledger`](crate::Ledger).
#[derive(Debug, Clone)]
pub struct Case<'a> {
    fixture: &'a Fixture,
    index: usize,
    name: String,
    value: &'a Value,
    /// Where the object lies within the case: empty, or keys that end in dots.
    path: String,
    /// Paths that were asked for, shared with the objects within.
    asked: Rc<RefCell<BTreeSet<String>>>,
}

/// Keys whose values tell cases apart.
const TELLING: [&str; 13] =
    ["family", "name", "dataset", "use", "kind", "loss", "tag", "reweight", "lds", "kernel", "ks", "sigma", "patience"];

impl<'a> Case<'a> {
    pub(crate) fn new(fixture: &'a Fixture, index: usize, value: &'a Value) -> Self {
        let told = TELLING.iter().filter_map(|&key| match value.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(flag) => flag.then(|| key.to_owned()),
            other => Some(format!("{key}={other}")),
        });
        let name = std::iter::once(format!("case {index}")).chain(told).collect::<Vec<_>>().join(" ");
        Self { fixture, index, name, value, path: String::new(), asked: Rc::default() }
    }

    /// Its number and what tells it apart.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number in the file, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Is there a value, and is it not null?
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        let has = self.value.get(key).is_some_and(|v| !v.is_null());
        if !has {
            self.note(key);
        }
        has
    }

    fn note(&self, key: &str) {
        self.asked.borrow_mut().insert(format!("{}{key}", self.path));
    }

    /// Notes keys that this case has and that say nothing about what is run of it.
    pub fn skip(&self, keys: &[&str]) {
        keys.iter().for_each(|key| self.note(key));
    }

    /// Notes the keys of an object that is not compared.
    pub fn skip_all(&self) {
        self.skip(&self.keys());
    }

    /// Keys of the case that were never asked for, those of opened objects as `object.key`, less those that hold nothing to run or
    /// compare; one that ends in a star stands for all that begin so.
    #[must_use]
    pub fn unread(&self, beside: &[&str]) -> Vec<String> {
        let mut unread = Vec::new();
        self.collect_unread(self.value, "", &mut unread);
        let matches = |path: &str, key: &str| match key.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == key,
        };
        unread.retain(|path| !beside.iter().any(|key| matches(path, key)));
        unread
    }

    fn collect_unread(&self, value: &Value, path: &str, unread: &mut Vec<String>) {
        let asked = self.asked.borrow();
        for (key, value) in value.as_object().into_iter().flatten() {
            let here = format!("{path}{key}");
            let within = format!("{here}.");
            if asked.contains(&within) {
                self.collect_unread(value, &within, unread);
            } else if !asked.contains(&here) {
                unread.push(here);
            }
        }
    }

    /// The value of a key, as it is.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self, key: &str) -> anyhow::Result<&'a Value> {
        self.note(key);
        self.value.get(key).with_context(|| format!("found no {key:?}"))
    }

    fn of<T>(&self, key: &str, what: &str, read: impl Fn(&'a Value) -> Option<T>) -> anyhow::Result<T> {
        let value = self.value(key)?;
        read(value).with_context(|| format!("found {key:?} = {}, expected {what}", brief(value)))
    }

    /// A text.
    ///
    /// # Errors
    /// It is missing or something else; likewise below.
    pub fn text(&self, key: &str) -> anyhow::Result<&'a str> {
        self.of(key, "a text", Value::as_str)
    }

    /// Texts.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn texts(&self, key: &str) -> anyhow::Result<Vec<&'a str>> {
        self.of(key, "texts", |v| v.as_array()?.iter().map(Value::as_str).collect())
    }

    /// A truth value.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn flag(&self, key: &str) -> anyhow::Result<bool> {
        self.of(key, "true or false", Value::as_bool)
    }

    /// Truth values.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn flags(&self, key: &str) -> anyhow::Result<Vec<bool>> {
        self.of(key, "true and false", |v| v.as_array()?.iter().map(Value::as_bool).collect())
    }

    /// A count or index.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn size(&self, key: &str) -> anyhow::Result<usize> {
        self.of(key, "a whole number", whole)
    }

    /// A whole number of any size, in decimal digits.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn whole_number(&self, key: &str) -> anyhow::Result<String> {
        let digits = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
            _ => None,
        };
        self.of(key, "a whole number", digits)
    }

    /// Counts or indices.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn sizes(&self, key: &str) -> anyhow::Result<Vec<usize>> {
        self.of(key, "whole numbers", |v| v.as_array()?.iter().map(whole).collect())
    }

    /// A number; null is NaN.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn number(&self, key: &str) -> anyhow::Result<f64> {
        self.of(key, "a number", number)
    }

    /// Numbers; null is NaN.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn numbers(&self, key: &str) -> anyhow::Result<Vec<f64>> {
        self.of(key, "numbers", |v| v.as_array()?.iter().map(number).collect())
    }

    /// Two numbers, such as bounds; `None` if null.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn pair(&self, key: &str) -> anyhow::Result<Option<[f64; 2]>> {
        if !self.has(key) {
            return self.value(key).map(|_| None);
        }
        match self.numbers(key)?.try_into() {
            Ok(pair) => Ok(Some(pair)),
            Err(found) => bail!("found {key:?} = {found:?}, expected two numbers"),
        }
    }

    /// An object within this one, under the same name.
    ///
    /// # Errors
    /// As [`Case::text`].
    pub fn part(&self, key: &str) -> anyhow::Result<Self> {
        let value = self.value.get(key).with_context(|| format!("found no {key:?}"))?;
        if !value.is_object() {
            bail!("found {key:?} = {}, expected an object", brief(value));
        }
        let path = format!("{}{key}.", self.path);
        self.asked.borrow_mut().insert(path.clone());
        Ok(Self { value, path, ..self.clone() })
    }

    /// The keys of this object.
    #[must_use]
    pub fn keys(&self) -> Vec<&'a str> {
        self.value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect()
    }

    /// A tensor of the fixture, by its own name.
    ///
    /// # Errors
    /// There is none.
    pub fn tensor(&self, name: &str) -> anyhow::Result<&'a Array> {
        self.fixture.tensor(name)
    }

    /// The file beside the fixture that a key names.
    ///
    /// # Errors
    /// There is no such key.
    pub fn file(&self, key: &str) -> anyhow::Result<PathBuf> {
        Ok(self.fixture.beside(self.text(key)?))
    }

    /// The tensor that a key names.
    ///
    /// # Errors
    /// There is no such key or tensor.
    pub fn tensor_at(&self, key: &str) -> anyhow::Result<&'a Array> {
        self.tensor(self.text(key)?)
    }
}

fn number(value: &Value) -> Option<f64> {
    if value.is_null() { Some(f64::NAN) } else { value.as_f64() }
}

/// Whole numbers may be written as 2.0.
fn whole(value: &Value) -> Option<usize> {
    let number = value.as_f64().filter(|v| *v >= 0.0 && v.fract() == 0.0 && *v < 9e15)?;
    Some(number as usize)
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(60).chain(" ...".chars()).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_nothing_asked_for_are_unread() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        let text = r#"{"cases": [{"ks": 5, "sigma": 2, "note": "", "none": null, "args": {"a": 1, "b": 2}, "rest": {"c": 3}}]}"#;
        std::fs::write(&path, text).expect("writes");
        let fixture = Fixture::read(&path).expect("valid");
        let case = fixture.cases().next().expect("a case");
        assert_eq!(case.unread(&["note"]), ["args", "ks", "none", "rest", "sigma"]);
        assert!(!case.has("none") && case.has("sigma"));
        assert_eq!((case.size("ks").expect("there"), case.number("sigma").expect("there")), (5, 2.0));
        assert_eq!(case.part("args").and_then(|args| args.size("a")).expect("there"), 1);
        assert_eq!(case.unread(&["note"]), ["args.b", "rest"]);
        assert_eq!(case.unread(&["note", "args.*"]), ["rest"]);
        assert!(case.part("args").and_then(|args| args.size("b")).is_ok() && case.value("rest").is_ok());
        assert_eq!(case.unread(&[]), ["note"]);
        case.skip(&["note"]);
        assert!(case.unread(&[]).is_empty());
    }
}
