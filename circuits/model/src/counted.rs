//! Counts of things in sentences.

/// `1 entry`, `2 entries`.
pub fn counted(
    count: impl TryInto<u64> + std::fmt::Display + Copy,
    one: &str,
    many: &str,
) -> String {
    let noun = if count.try_into().is_ok_and(|count| count == 1) { one } else { many };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_is_not_many() {
        let entries = |count: u64| super::counted(count, "entry", "entries");
        assert_eq!([entries(0), entries(1), entries(2)], ["0 entries", "1 entry", "2 entries"]);
    }
}
