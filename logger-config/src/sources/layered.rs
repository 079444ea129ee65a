//! All sources of a configuration, in the order of the layers.

use std::{fmt, path::PathBuf};

use super::{Content, content, environment::Environment, put_file};
use crate::{
    given::Given,
    layers::Layers,
    preset::Preset,
    problem::{ConfigError, Layer},
    settings::{OwnDrains, Settings},
};

/// Where the values of a configuration come from.
#[derive(Clone, Default)]
pub(crate) struct Sources {
    pub(crate) preset: Option<Preset>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) environment: Environment,
    /// Path and value of the layer of code. The paths of `set` are not checked before.
    pub(crate) code: Vec<(String, Given)>,
    #[cfg(feature = "cli")]
    pub(crate) args: crate::cli::LogArgs,
}

impl Sources {
    /// The same later on: whatever the process does with its environment and its working directory, and with the files where
    /// they are now.
    pub(crate) fn captured(&self) -> Self {
        let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let environment = self.environment.captured();
        Sources { environment, files: self.files.iter().map(whole).collect(), ..self.clone() }
    }

    /// What the configuration files contain, in the order of [`Sources::config_files`].
    pub(crate) fn contents(&self) -> Vec<Content> {
        self.config_files().map(|path| content(path)).collect()
    }

    /// Those that code names, then those of the command line.
    pub(crate) fn config_files(&self) -> impl Iterator<Item = &PathBuf> {
        #[cfg(feature = "cli")]
        return self.files.iter().chain(self.args.files());
        #[cfg(not(feature = "cli"))]
        self.files.iter()
    }

    /// What the program would run on, and all layers.
    ///
    /// # Errors
    ///
    /// Every problem of every layer.
    pub(crate) fn resolve(
        &self,
        contents: &[Content],
        own: OwnDrains,
    ) -> Result<(Settings, Layers), ConfigError> {
        let mut layers = self.layers(contents);
        layers.refuse_missing_drains();
        layers.merge();
        let settings = Settings::new(own, &mut layers);
        match settings {
            Some(settings) if layers.problems().is_empty() => Ok((settings, layers)),
            _ => Err(ConfigError { problems: layers.into_problems() }),
        }
    }

    /// All layers, the lowest first.
    fn layers(&self, contents: &[Content]) -> Layers {
        let mut layers = Layers::defaults();
        if let Some(preset) = self.chosen_preset() {
            layers.put_preset(preset);
        }
        for (path, content) in self.config_files().zip(contents) {
            put_file(&mut layers, path, content);
        }
        self.environment.put(&mut layers);
        for (path, given) in &self.code {
            layers.put(path, given.clone(), Layer::Code.into());
        }
        #[cfg(feature = "cli")]
        self.args.put(&mut layers);
        layers
    }

    fn chosen_preset(&self) -> Option<Preset> {
        #[cfg(feature = "cli")]
        return self.args.preset().or(self.preset);
        #[cfg(not(feature = "cli"))]
        self.preset
    }
}

/// Without the environment and without the values of code: they may be secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("preset", &self.preset)
            .field("files", &self.files)
            .field("set", &self.code.iter().map(|(path, _)| path).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
