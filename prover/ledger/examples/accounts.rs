//! Writes many accounts, one per line, from the position shapes of real ones: for a ledger to build.
//!
//! `accounts COUNT TEMPLATE [SERIAL=HOLDER_KEY]...`: every account holds the first few positions of
//! the template, as many as its serial says, and a balance of its own.

use serde_json::{Value, json};
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, template, holders @ ..] = &arguments[..] else {
        return Err("usage: accounts COUNT TEMPLATE [SERIAL=HOLDER_KEY]...".into());
    };
    let count: usize = count.parse()?;
    let template: Value = serde_json::from_slice(&std::fs::read(template)?)?;
    let positions = template["positions"].as_array().ok_or("no positions")?.clone();
    let balance = template["balances"][0]["balance"].as_str().ok_or("no balance")?;
    let (whole, fraction) = balance.split_once('.').unwrap_or((balance, "0"));
    let whole: i64 = whole.parse()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for serial in 0..count {
        let mut account = template.clone();
        let object = account.as_object_mut().ok_or("not an account")?;
        for field in ["note", "serial", "blinding"] {
            object.remove(field);
        }
        let holds = 1 + serial * 7 % positions.len().max(1);
        account["positions"] = positions.iter().take(holds).cloned().collect();
        let own = whole + (serial % 100_000) as i64;
        account["balances"][0]["balance"] = json!(format!("{own}.{fraction}"));
        let key = holders.iter().find_map(|h| h.strip_prefix(&format!("{serial}=")));
        if let Some(key) = key {
            account["holder_key"] = json!(key);
        }
        writeln!(out, "{account}")?;
    }
    out.flush()?;
    Ok(())
}
