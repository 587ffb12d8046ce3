//! Broken inputs: each is an error that names its file and the reason, without a panic or much memory.

mod pictures;
mod sets;
mod texts;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use peak_alloc::PeakAlloc;
use striate_data::{DataError, Dataset};

use crate::support::{chain, tree};

/// The most memory that reading something broken may take, with what other tests take at the same time.
const MAX_MEGABYTES: f64 = 300.0;

type Read = dyn Fn(&Path) -> Result<(), DataError>;

/// Something broken.
struct Case {
    /// What it is.
    name: String,
    /// The files that are there.
    files: Vec<(String, Vec<u8>)>,
    /// Reads it, from the folder that it is in.
    read: Box<Read>,
    /// The end of the path that the error has to name.
    file: String,
    /// What the error or a cause of it has to say.
    says: String,
}

impl Case {
    fn new(
        name: impl Into<String>,
        files: &[(&str, &[u8])],
        read: impl Fn(&Path) -> Result<(), DataError> + 'static,
        file: &str,
        says: &str,
    ) -> Self {
        let files = files.iter().map(|(file, content)| ((*file).to_owned(), content.to_vec())).collect();
        Self { name: name.into(), files, read: Box::new(read), file: file.into(), says: says.into() }
    }

    /// What is wrong with how it was read; none if all is well.
    fn run(&self) -> Option<String> {
        let files = self.files.iter().map(|(file, content)| (file.as_str(), content.as_slice())).collect::<Vec<_>>();
        let folder = tree(&files);
        match catch_unwind(AssertUnwindSafe(|| (self.read)(folder.path()))) {
            Err(_) => Some("panicked".into()),
            Ok(Ok(())) => Some("was read".into()),
            Ok(Err(error)) => {
                let says = chain(&error);
                let whole = says.contains(&format!("{}\"", self.file)) && says.contains(&self.says);
                (!whole).then(|| format!("says {says:?}, not {:?} and {:?}", self.file, self.says))
            }
        }
    }
}

/// Reads all samples.
fn read_all<D: Dataset>(data: Result<D, DataError>) -> Result<(), DataError> {
    let data = data?;
    (0..data.len()).try_for_each(|index| data.get(index).map(|_| ()))
}

#[test]
fn broken_inputs_are_errors_that_name_the_file_and_the_reason() {
    let cases = pictures::cases().into_iter().chain(sets::cases()).chain(texts::cases()).collect::<Vec<_>>();
    assert!(cases.len() >= 200, "{} cases", cases.len());
    let wrong = cases.iter().filter_map(|case| {
        PeakAlloc.reset_peak_usage();
        let wrong = case.run();
        let peak = f64::from(PeakAlloc.peak_usage_as_mb());
        let wrong = wrong.or_else(|| (peak > MAX_MEGABYTES).then(|| format!("took {peak} MB")));
        wrong.map(|wrong| format!("{}: {wrong}", case.name))
    });
    let wrong = wrong.collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{} of {} broken inputs:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} broken inputs", cases.len());
}
