//! The known name that is closest to a mistyped one.

/// Finds the candidate that is most like `name`, if any is like it at all (Jaro-Winkler similarity over 0.75, case
/// ignored).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// How many candidates a message lists.
const SHOWN: usize = 20;

/// Says what `name` could have been: `did you mean "lenet5"?` if one candidate is like it, and the first known ones.
pub fn suggestion(name: &str, candidates: &[&str]) -> String {
    let meant =
        nearest(name, candidates.iter().copied()).map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
    let more = candidates.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{meant}known: {}{more}", candidates[..candidates.len().min(SHOWN)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_noise_finds_none() {
        let models = ["lenet5", "resnet50", "vgg16"];
        assert_eq!(nearest("Lenet-5", models), Some("lenet5"));
        assert_eq!(nearest("resnet5", models), Some("resnet50"));
        assert_eq!(nearest("zzz", models), None);
        let many: Vec<String> = (0..50).map(|number| format!("layer{number}")).collect();
        let many = suggestion("x", &many.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(many.ends_with("layer19 and 30 more"), "{many}");
        assert_eq!(suggestion("vgg", &models), "did you mean \"vgg16\"? known: lenet5, resnet50, vgg16");
    }
}
