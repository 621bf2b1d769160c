//! `zkmargin-pool`: makes a pool of proofs, or what is missing of it.

use clap::Parser;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use zkmargin_pool::{Size, make};

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
    /// Proofs at a time [default: one per core]
    #[arg(long)]
    workers: Option<NonZeroUsize>,
}

fn main() -> Result<(), zkmargin_pool::PoolError> {
    let a = Arguments::parse();
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let size = Size { holders: a.holders, epochs: a.epochs };
    make(&a.folder, size, a.workers.unwrap_or(cores), |made| {
        if made.proofs.is_multiple_of(100) || made.proofs == made.of {
            println!("{} of {} proofs", made.proofs, made.of);
        }
    })
}
