//! Methods of data sets that are those of another.

/// Methods of a [`Dataset`](crate::Dataset) that only ask the one in a field: `forward!(parent => len, path)`.
macro_rules! forward {
    ($field:tt => $($method:ident),+) => { $(forward_one!($field, $method);)+ };
}

macro_rules! forward_one {
    ($field:tt,len) => {
        fn len(&self) -> usize {
            self.$field.len()
        }
    };
    ($field:tt,label) => {
        fn label(&self, index: usize) -> Option<usize> {
            self.$field.label(index)
        }
    };
    ($field:tt,path) => {
        fn path(&self, index: usize) -> Option<&std::path::Path> {
            self.$field.path(index)
        }
    };
    ($field:tt,class_names) => {
        fn class_names(&self) -> &striate_core::ClassNames {
            self.$field.class_names()
        }
    };
    ($field:tt,fingerprint) => {
        fn fingerprint(&self) -> String {
            self.$field.fingerprint()
        }
    };
}
