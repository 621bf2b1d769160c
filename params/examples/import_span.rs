//! Writes a portfolio schedule and its snapshot from a SPAN file of Takasbank.
//!
//! `cargo run --release -p zkmargin-params --features span --example import_span -- FILE FOLDER [CODE...]`
//!
//! With codes, only those combined commodities are taken; 2,774 instruments of all 40 are below the bounds of a schedule.

use std::error::Error;
use std::path::Path;
use zkmargin_params::venues::takasbank::{import, read};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, folder, codes @ ..] = &arguments[..] else {
        return Err("give a SPAN file, a folder, and codes of commodities if not all".into());
    };
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let made = import(&read(&std::fs::read(file)?)?, &codes)?;
    let folder = Path::new(folder);
    std::fs::write(folder.join("span.schedule.json"), made.schedule.to_json()?)?;
    std::fs::write(folder.join("span.snapshot.json"), made.snapshot.to_json()?)?;
    println!("{} instruments", made.schedule.instruments.len());
    Ok(())
}
