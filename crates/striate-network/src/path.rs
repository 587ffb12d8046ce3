//! Where a walk over a module is.

/// The names from the module down to a parameter.
#[derive(Default)]
pub(crate) struct Path(pub(crate) Vec<String>);

impl Path {
    /// The parameter's name: `conv1.weight`.
    pub(crate) fn name(&self) -> String {
        self.0.join(".")
    }
}

/// Follows the path in a visitor or mapper with a field `path`.
macro_rules! follow_path {
    () => {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.0.push(name.into());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.0.pop();
        }
    };
}
pub(crate) use follow_path;
