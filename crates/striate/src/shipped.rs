//! Recipes that are part of the program.

use std::path::Path;

/// The names of the recipes that are part of the program, with their text: `striate train --config NAME` starts them.
pub const RECIPES: [(&str, &str); 8] = [
    ("cifar10", include_str!("../recipes/cifar10.toml")),
    ("clothes-scenes", include_str!("../recipes/clothes-scenes.toml")),
    ("digit-scenes", include_str!("../recipes/digit-scenes.toml")),
    ("digits", include_str!("../recipes/digits.toml")),
    ("efficientnetb0", include_str!("../recipes/efficientnetb0.toml")),
    ("fashion-mnist", include_str!("../recipes/fashion-mnist.toml")),
    ("nuclei", include_str!("../recipes/nuclei.toml")),
    ("xception", include_str!("../recipes/xception.toml")),
];

/// The text of the recipe with this name.
pub(crate) fn recipe(name: &Path) -> Option<&'static str> {
    let name = name.to_str()?;
    RECIPES.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn every_recipe_is_read() {
        for (name, _) in RECIPES {
            let recipe = Recipe::read(Some(Path::new(name)), toml::Table::new()).unwrap();
            let epochs: usize = recipe.phases.iter().map(|phase| phase.epochs).sum();
            assert!(recipe.phases.is_empty() || recipe.epochs == epochs, "{name}");
        }
        let default = Recipe::read(Some(Path::new("digits")), toml::Table::new()).unwrap();
        assert_eq!(default, Recipe::default());
    }
}
