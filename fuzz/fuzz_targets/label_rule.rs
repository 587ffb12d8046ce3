//! Any text as a pattern of labels and a path, one a line.
#![no_main]

use std::path::Path;

use striate_data::LabelRule;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((pattern, path)) = text.split_once('\n') else { return };
    let mut rules = vec![LabelRule::folder()];
    rules.extend(LabelRule::pattern(pattern));
    for index in [isize::MIN, -1, 0, 1, isize::MAX] {
        rules.extend(pattern.chars().next().map(|separator| LabelRule::part(separator, index)));
    }
    for rule in rules {
        assert_ne!(rule.label(Path::new(path)).as_deref(), Some(""));
        let _ = rule.except_in(pattern).label(Path::new(path));
    }
});
