//! Labels from files' paths.

use std::path::Path;

use striate_core::ClassNames;
use striate_data::{DataError, Dataset, DecodeLimits, Files, LabelRule};

use crate::support::{chain, gray_png, tree};

#[track_caller]
fn check(rule: LabelRule, cases: &[(&str, Option<&str>)]) {
    for (path, label) in cases {
        assert_eq!(rule.label(Path::new(path)).as_deref(), *label, "{path}");
    }
}

#[test]
fn a_rule_takes_the_folder_or_a_part_of_the_name() {
    check(LabelRule::folder(), &[("a/b/c.png", Some("b")), ("c.png", None), ("猫/一.png", Some("猫"))]);
    check(LabelRule::part('_', 1), &[("x/1_cat_big.png", Some("cat")), ("1.png", None), ("1_.png", None)]);
    check(LabelRule::part('-', -1), &[("x/1-cat-big.tar.png", Some("big.tar")), ("one.png", Some("one"))]);
    check(LabelRule::part('_', -3), &[("1_cat_big.png", Some("1")), ("cat_big.png", None)]);
    let rule = LabelRule::pattern(r"^(?<label>[a-z]+)\d").unwrap();
    check(rule, &[("dogs/cat12.png", Some("cat")), ("12.png", None)]);
    let rule = LabelRule::own(|path| path.ancestors().nth(2)?.to_str().map(str::to_uppercase));
    check(rule, &[("x/y/z.png", Some("X")), ("y/z.png", None)]);
}

#[test]
fn a_folder_can_be_an_exception() {
    let rule = LabelRule::part('_', 1).except_in("normal").except_in("healthy");
    check(
        rule,
        &[
            ("normal/7_b.png", Some("normal")),
            ("x/healthy/7.png", Some("healthy")),
            ("scan/7_b.png", Some("b")),
            ("normal/deep/7.png", None),
        ],
    );
}

#[test]
fn a_pattern_without_label_is_refused() {
    let error = LabelRule::pattern(r"(\d+)").unwrap_err();
    assert!(matches!(error, DataError::PatternGroup { .. }), "{error}");
    let error = LabelRule::pattern(r"(?<label>").unwrap_err();
    assert!(chain(&error).contains("unclosed group"), "{error}");
    let error = LabelRule::pattern(&format!("(?<label>{})", "a{1000}{1000}{1000}")).unwrap_err();
    assert!(matches!(error, DataError::Pattern { .. }), "{error}");
}

#[test]
fn files_are_found_in_all_folders_and_labelled_by_the_rule() {
    let png = gray_png(0);
    let folder = tree(&[
        ("normal/1.png", &png),
        ("normal/2_tumour.png", &png),
        ("scans/a/3_tumour.png", &png),
        ("scans/4_cyst.png", &png),
        ("scans/.5_hidden.png", &png),
        ("notes.txt", b"no picture"),
    ]);
    let rule = LabelRule::part('_', 1).except_in("normal");
    let data = Files::open(folder.path(), &rule, DecodeLimits::default()).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["cyst", "normal", "tumour"]));
    let found = (0..data.len()).map(|index| {
        let path = data.path(index).unwrap().strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        (path, data.label(index).unwrap(), data.get(index).unwrap().label.unwrap())
    });
    let expected =
        [("normal/1.png", 1), ("normal/2_tumour.png", 1), ("scans/4_cyst.png", 0), ("scans/a/3_tumour.png", 2)];
    assert_eq!(found.collect::<Vec<_>>(), expected.map(|(path, label)| (path.to_owned(), label, label)));

    let known = ClassNames::new(["tumour", "normal", "cyst", "other"]);
    let numbered = Files::open_with_classes(folder.path(), &rule, &known, DecodeLimits::default()).unwrap();
    assert_eq!((0..4).map(|index| numbered.label(index)).collect::<Vec<_>>(), [Some(1), Some(1), Some(2), Some(0)]);
    assert_ne!(numbered.fingerprint(), data.fingerprint());
    let unlabelled = Files::unlabelled(folder.path(), &known, DecodeLimits::default()).unwrap();
    assert_eq!((unlabelled.len(), unlabelled.label(0), unlabelled.get(0).unwrap().label), (4, None, None));

    let fewer = ClassNames::new(["normal", "tumor"]);
    let error = Files::open_with_classes(folder.path(), &rule, &fewer, DecodeLimits::default()).unwrap_err();
    let error = chain(&error);
    assert!(error.contains("4_cyst.png") && error.ends_with("\"cyst\" is none of the 2 classes"), "{error}");
    let error = chain(&Files::open(folder.path(), &LabelRule::part('_', 1), DecodeLimits::default()).unwrap_err());
    assert!(error.contains("normal/1.png") && error.contains("finds no label"), "{error}");
}

#[cfg(unix)]
#[test]
fn folders_that_link_to_each_other_are_looked_at_once() {
    use std::os::unix::fs::symlink;

    let folder = tree(&[("a/1_x.png", &gray_png(0)), ("b/2_y.png", &gray_png(0))]);
    symlink(folder.path(), folder.path().join("a/up")).unwrap();
    symlink(folder.path().join("a"), folder.path().join("b/a")).unwrap();
    let data = Files::open(folder.path(), &LabelRule::part('_', 1), DecodeLimits::default()).unwrap();
    assert_eq!(data.len(), 2);
}
