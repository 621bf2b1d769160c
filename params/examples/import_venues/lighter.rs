//! Lighter: schedule and snapshot by the importer, and accounts of the same block.

use crate::common::{
    Outcome, Sources, example_account, text, write_account, write_schedule, write_snapshot,
};
use num_bigint::BigInt;
use serde_json::Value;
use std::path::Path;
use zkmargin_params::venues::{Lighter, Venue, lighter, scaled};
use zkmargin_params::{BalanceFile, DecimalText, PositionFile};

/// Accounts, as the first part of the names of their books, with a number.
const ACCOUNTS: [(&str, &str); 2] =
    [("tx7/account366058", "366058"), ("tx13/account222378", "222378")];

pub fn write(sources: &Sources, params: &Path) -> Outcome<()> {
    let block = sources.json("lighter/mainnet_block_186974592_markets.json")?;
    let answers = serde_json::json!({ "block": block });
    let mut file = Lighter::schedule(&answers, &lighter::Options::default())?.schedule;
    file.source = format!(
        "All markets of Lighter mainnet block 186974592 of 2026-03-02T17:02:02.509Z; {}. A requirement is notional times maintenance margin fraction times market status. Instrument id is market index plus one; sizes are base units. The menu is this project's.",
        origin(&block["source"])?
    );
    let schedule = write_schedule(&params.join("venues/lighter/mainnet.json"), file)?;
    let mut snapshot = Lighter::snapshot(&answers, &schedule)?;
    snapshot.source = Some(format!(
        "Mark prices and funding prefix sums of Lighter mainnet block 186974592 of 2026-03-02T17:02:02.509Z; {}. The price of USDC is 1 by the venue's own rule.",
        origin(&block["source"])?
    ));
    write_snapshot(
        &params.join("venues/lighter/examples/186974592.snapshot.json"),
        &schedule,
        &snapshot,
    )?;
    let vectors = sources.json("../vectors/lighter_mainnet.json")?;
    for (name, number) in ACCOUNTS {
        let cases = vectors["cases"].as_array().ok_or("no cases")?;
        let is_of = |c: &&Value| {
            let book = c["name"].as_str().and_then(|book| book.strip_prefix(name));
            book.is_some_and(|book| book.starts_with("/isolated"))
        };
        let cross = format!("{name}/cross");
        let case = cases.iter().find(|c| c["name"] == cross).ok_or("case is missing")?;
        let mut account = example_account(
            Lighter::NAME,
            format!(
                "Account {number} of Lighter mainnet block 186974592, public chain state; {}, {}. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them.",
                origin(&vectors)?,
                text(&case["source"], "json_path")?
            ),
        );
        account.balances = vec![BalanceFile::new("USDC", collateral(case)?)];
        let positions = case["positions"].as_array().ok_or("no positions")?;
        account.positions = positions.iter().map(position).collect::<Outcome<_>>()?;
        for book in cases.iter().filter(is_of) {
            let [held] = &book["positions"].as_array().ok_or("no positions")?[..] else {
                return Err("an isolated book of several positions".into());
            };
            let isolated_margin = Some(collateral(book)?);
            account.positions.push(PositionFile { isolated_margin, ..position(held)? });
        }
        let path = params.join(format!("venues/lighter/examples/{number}.account.json"));
        write_account(&path, &schedule, &snapshot, &account)?;
    }
    Ok(())
}

/// What is in a book besides its positions.
fn collateral(book: &Value) -> Outcome<DecimalText> {
    let amount: BigInt = text(&book["collateral"][0], "amount")?.parse()?;
    Ok(scaled(amount, lighter::USDC_DECIMALS))
}

fn origin(source: &Value) -> Outcome<String> {
    let (repo, path) = (text(source, "repo")?, text(source, "path")?);
    Ok(format!("{repo}, {path}, commit {}", text(source, "commit")?))
}

fn position(position: &Value) -> Outcome<PositionFile> {
    let size: BigInt = text(position, "size")?.parse()?;
    let quote: BigInt = text(position, "entry_quote")?.parse()?;
    let funding: BigInt = text(position, "last_funding_rate_prefix_sum")?.parse()?;
    let entry = if size < BigInt::ZERO { -quote } else { quote };
    let instrument = lighter::symbol(text(position, "instrument")?.parse()?);
    let entry = scaled(entry, lighter::PRICE_DECIMALS);
    // Every market of the block has quote multiplier 1; the schedule would show another.
    let funding_index = Some(scaled(funding, lighter::USDC_DECIMALS));
    Ok(PositionFile { funding_index, ..PositionFile::new(instrument, scaled(size, 0), entry) })
}
