//! The fields of the metadata struct, taken out and checked for equal lengths.

use super::ImdbWikiError;
use crate::mat::Value;

/// How many variable names an error lists at most.
const LISTED: usize = 8;

/// The fields that select rows, all of the same length.
pub(super) struct Fields {
    pub(super) paths: Vec<Value>,
    /// MATLAB day numbers.
    pub(super) births: Vec<f64>,
    /// Years.
    pub(super) taken: Vec<f64>,
    pub(super) scores: Vec<f64>,
    /// Not a number where there is no second face.
    pub(super) second_scores: Vec<f64>,
}

impl Fields {
    /// Takes the fields out of the struct `name`.
    pub(super) fn read(variables: Vec<(String, Value)>, name: &'static str) -> Result<Self, ImdbWikiError> {
        let mut fields = structure(variables, name)?;
        let Value::Cells { values: paths, .. } = take(&mut fields, "full_path")? else {
            return Err(ImdbWikiError::FieldKind { field: "full_path", expected: "a cell array of paths" });
        };
        let mut column = |field| numbers(&mut fields, field, paths.len());
        let births = column("dob")?;
        let taken = column("photo_taken")?;
        // Not used, but a column of another length would say that the rows do not belong together.
        column("gender")?;
        let scores = column("face_score")?;
        let second_scores = column("second_face_score")?;
        Ok(Fields { paths, births, taken, scores, second_scores })
    }
}

/// The fields of the struct among the variables.
fn structure(variables: Vec<(String, Value)>, name: &'static str) -> Result<Vec<(String, Value)>, ImdbWikiError> {
    let names = || variables.iter().take(LISTED).map(|(name, _)| name.clone()).collect();
    let Some(index) = variables.iter().position(|(found, _)| found == name) else {
        return Err(ImdbWikiError::NoVariable { expected: name, found: names() });
    };
    match variables.into_iter().nth(index) {
        Some((_, Value::Struct(fields))) => Ok(fields),
        _ => Err(ImdbWikiError::NoStruct { name }),
    }
}

/// Takes a field out of a struct.
fn take(fields: &mut Vec<(String, Value)>, field: &'static str) -> Result<Value, ImdbWikiError> {
    match fields.iter().position(|(name, _)| name == field) {
        Some(index) => Ok(fields.swap_remove(index).1),
        None => Err(ImdbWikiError::NoField { field }),
    }
}

/// Takes a field of numbers out of a struct.
fn numbers(fields: &mut Vec<(String, Value)>, field: &'static str, expected: usize) -> Result<Vec<f64>, ImdbWikiError> {
    let Value::Numbers { values, .. } = take(fields, field)? else {
        return Err(ImdbWikiError::FieldKind { field, expected: "an array of real numbers" });
    };
    if values.len() != expected {
        return Err(ImdbWikiError::Length { field, found: values.len(), expected });
    }
    Ok(values)
}
