//! Names that were probably meant.

/// Maximum number of names suggested.
const SUGGESTED: usize = 3;

/// Similarity, from 0 to 1, at and above which a name is suggested.
const ALIKE: f64 = 0.88;

/// The letters and digits of a symbol, in upper case; for `BASE/QUOTE:SETTLE-DATE`, without the settlement asset.
fn plain(name: &str) -> String {
    let named = match name.split_once(':') {
        Some((pair, settle)) if pair.contains('/') => {
            pair.chars().chain(settle.split_once('-').map_or("", |(_, date)| date).chars())
        }
        _ => name.chars().chain("".chars()),
    };
    named.filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// A question with the listed names nearest to one that is not listed, such as `; did you mean "BTCUSDT"?`. Empty if
/// none is near.
pub(super) fn did_you_mean<'a>(name: &str, listed: impl Iterator<Item = &'a str>) -> String {
    let name = plain(&super::read::shorten(name));
    let near = |listed: &'a str| {
        let other = plain(listed);
        // A venue's tail, such as -PERP, is no other name.
        let begins = name.len().min(other.len()) >= 5
            && (name.starts_with(&other) || other.starts_with(&name));
        let likeness = match name == other {
            true => 2.0,
            false if begins => 1.0,
            false => strsim::jaro_winkler(&name, &other),
        };
        (likeness >= ALIKE).then_some((likeness, listed))
    };
    let mut near: Vec<(f64, &str)> = listed.filter_map(near).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    if near.first().is_some_and(|(likeness, _)| *likeness > 1.0) {
        near.retain(|(likeness, _)| *likeness > 1.0);
    }
    near.truncate(SUGGESTED);
    let names: Vec<_> = near.iter().map(|(_, name)| format!("{name:?}")).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn other_spellings_and_slips() {
        let listed = ["BTCUSDT", "ETHUSDT", "BTCUSDT_250328", "SOLUSDT"];
        let ask = |name: &str| did_you_mean(name, listed.into_iter());
        for name in ["BTC/USDT:USDT", "btcusdt", "BTC-USDT", "BTC_USDT"] {
            assert_eq!(ask(name), "; did you mean \"BTCUSDT\"?", "{name}");
        }
        assert_eq!(ask("BTC/USDT:USDT-250328"), "; did you mean \"BTCUSDT_250328\"?");
        assert!(ask("ETHUSD").contains("\"ETHUSDT\""));
        assert!(ask("BTCUDST").starts_with("; did you mean \"BTCUSDT\""));
        assert_eq!(ask("DOGE"), "");
        assert_eq!(ask(""), "");
    }
}
