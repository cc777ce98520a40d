//! One case of a fixture: a JSON object that is asked for its values by key.

use std::path::PathBuf;

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
        Self { fixture, index, name, value }
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
        self.value.get(key).is_some_and(|v| !v.is_null())
    }

    /// The value of a key, as it is.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self, key: &str) -> anyhow::Result<&'a Value> {
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
        let value = self.of(key, "an object", |v| v.is_object().then_some(v))?;
        Ok(Self { value, ..self.clone() })
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
