//! A row of a comparison: a method, and what is changed of the settings that it is laid over.

use crate::config::{Config, ConfigError, overlay};
use crate::method;
use crate::stated::zero_in;
use crate::task::Task;

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    /// Name of its folder, and in files.
    pub(crate) name: String,
    /// Name in tables.
    pub(crate) title: String,
    /// What it shares with the rows that it is compared with, where that is not with all.
    pub(crate) group: Option<String>,
    /// Method by name.
    pub(crate) method: String,
    /// Settings laid over those of the program.
    pub(crate) settings: toml::Table,
}

impl Variant {
    /// A method as it is.
    pub(crate) fn of_method(name: &str) -> Self {
        Self {
            name: name.into(),
            title: method::title(name),
            group: None,
            method: name.into(),
            settings: toml::Table::new(),
        }
    }

    /// The settings of its runs: the program's, changed, with what the method's name says, and only that, of weights, LDS, FDS and
    /// the rest.
    ///
    /// # Errors
    /// [`ConfigError::Method`]; [`ConfigError::Grid`] for a change that is no setting, or that the method would undo.
    pub(crate) fn configure<T: Task>(&self, base: &Config<T>) -> Result<Config<T>, ConfigError> {
        let mut config = if self.settings.is_empty() { base.clone() } else { self.change(base)? };
        let changed = config.clone();
        config.set_method(&self.method)?;
        if let Some(key) = changed.value_against(&config, &self.settings) {
            return Err(ConfigError::Grid {
                name: self.name.clone(),
                found: format!("{key} for method {:?}", self.method),
                expected: "a change that the method leaves as it is; name another method, or leave the key out".into(),
            });
        }
        config.row = (self.name != self.method).then(|| self.name.clone());
        Ok(config)
    }

    /// Kernels are there to be changed in any case: whether they are used the method says, afterwards.
    fn change<T: Task>(&self, base: &Config<T>) -> Result<Config<T>, ConfigError> {
        if let Some(key) = zero_in(&self.settings) {
            return Err(ConfigError::Zero { place: format!("row {} of the grid", self.name), key });
        }
        let mut config = base.clone();
        config.weights.lds.get_or_insert_default();
        config.fds = Some(config.fds.take().unwrap_or_else(|| T::fds(base)));
        let wrong = |error: toml::de::Error| ConfigError::Grid {
            name: self.name.clone(),
            found: error.message().lines().collect::<Vec<_>>().join(" "),
            expected: "settings that docs/configuration.md lists".into(),
        };
        let mut settings: toml::Table = config.to_toml()?.parse().map_err(wrong)?;
        overlay(&mut settings, self.settings.clone());
        settings.try_into().map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use dir_core::kernel::Shape;
    use dir_core::loss::LossKind;

    use super::*;
    use crate::stub::Stub;

    fn changed(method: &str, settings: &str) -> Result<Config<Stub>, ConfigError> {
        let settings = settings.parse().expect("TOML");
        Variant { name: "x".into(), settings, ..Variant::of_method(method) }.configure(&Config::default())
    }

    #[test]
    fn a_method_alone_is_the_simplest_row() {
        let plain = Variant::of_method("sqinv+lds").configure(&Config::<Stub>::default()).expect("known");
        let mut by_hand = Config::<Stub>::default();
        by_hand.set_method("sqinv+lds").expect("known");
        assert_eq!(plain.to_toml().expect("TOML"), by_hand.to_toml().expect("TOML"));
    }

    #[test]
    fn a_change_reaches_what_the_method_switches_on() {
        let kernels = "[weights.lds]\nshape = \"laplace\"\n[fds.kernel]\nsize = 9\n";
        let both = changed("inv+lds+fds", kernels).expect("settings");
        assert_eq!(both.weights.lds.map(|kernel| (kernel.shape, kernel.size)), Some((Shape::Laplace, 5)));
        assert_eq!(both.fds.map(|fds| (fds.kernel.shape, fds.kernel.size)), Some((Shape::Gaussian, 9)));
        let vanilla = changed("vanilla", kernels).expect("settings");
        assert_eq!((vanilla.weights.lds, vanilla.fds), (None, None));
        let focal = changed("focal", "loss.kind = \"mse\"\n").expect("settings");
        assert_eq!((focal.loss.kind, focal.name(), focal.method.as_str()), (LossKind::FocalMse, "x", "focal"));
    }

    #[test]
    fn what_is_no_setting_is_named() {
        let refused = |settings| changed("fds", settings).map(drop).expect_err("no setting").to_string();
        let text = refused("loss.knid = \"mse\"\n");
        assert!(text.contains("x: found") && text.contains("knid") && !text.contains('\n'), "{text}");
        assert!(refused("fds.kernel.size = \"nine\"\n").contains("nine"));
        let undone = changed("inv", "weights.reweight = \"dense\"\n").map(drop).expect_err("undone").to_string();
        assert_eq!(
            undone,
            "grid x: found weights.reweight = \"dense\" for method \"inv\", expected a change that the method leaves as it is; name another \
             method, or leave the key out"
        );
        assert!(refused("target = \"log\"\n").contains("target = \"log\" for method \"fds\""));
        assert!(refused("train.batch = 0\n").starts_with("row x of the grid: found train.batch = 0, expected"));
        assert!(changed("smotr", "").is_err());
    }
}
