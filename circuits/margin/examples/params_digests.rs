//! Prints the SHA-256 of the commitment parameters by `k`, as pinned in `params.rs`.

use sha2::{Digest, Sha256};
use zkmargin_circuit::halo2::{EqAffine, Params};

fn main() -> std::io::Result<()> {
    for k in 10..=14 {
        let mut bytes = Vec::new();
        Params::<EqAffine>::new(k).write(&mut bytes)?;
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        println!("    ({k}, \"{digest}\"),");
    }
    Ok(())
}
