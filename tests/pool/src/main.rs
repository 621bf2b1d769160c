//! `zkmargin-pool`: makes a pool of proofs, or what is missing of it.

use clap::Parser;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use zkmargin_pool::{Options, Size, fill, make};

/// Make a pool of distinct valid proofs with all their evidence. Run it again to go on.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the pool
    folder: PathBuf,
    /// Holders, each with one account
    #[arg(long, default_value = "1000")]
    holders: NonZeroU32,
    /// Epochs, each with a snapshot of its own
    #[arg(long, default_value = "10")]
    epochs: NonZeroU32,
    /// Add a ledger of portfolio accounts of the same venue, with a manifest of its own, in `options`
    #[arg(long)]
    options: bool,
    /// Proofs at a time [default: one per core]
    #[arg(long)]
    workers: Option<NonZeroUsize>,
    /// Make no proofs: write envelopes with random proof bytes for so many subjects per epoch, the
    /// pool's holders included, to the folder of --output
    #[arg(long, requires = "output")]
    fill: Option<u32>,
    /// Leave out every so manieth subject of --fill
    #[arg(long, default_value = "0")]
    lacking: u32,
    /// Folder of --fill
    #[arg(long)]
    output: Option<PathBuf>,
}

fn main() -> Result<(), zkmargin_pool::PoolError> {
    let a = Arguments::parse();
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let size = Size { holders: a.holders, epochs: a.epochs };
    if let (Some(subjects), Some(output)) = (a.fill, &a.output) {
        let count = fill(&a.folder, size, subjects, a.lacking, output)?;
        println!("{count} envelopes with random proof bytes");
        return Ok(());
    }
    if a.options {
        Options::of("binance")?.write(&a.folder)?;
    }
    make(&a.folder, size, a.workers.unwrap_or(cores), |made| {
        if made.proofs.is_multiple_of(100) || made.proofs == made.of {
            println!("{} of {} proofs", made.proofs, made.of);
        }
    })
}
