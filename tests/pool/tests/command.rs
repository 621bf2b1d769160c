//! The command of the pool: it says what it takes, and refuses a pool of nobody.

use std::process::Command;

#[test]
fn it_refuses_a_pool_of_nobody() {
    let pool = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_zkmargin-pool")).args(arguments).output().expect("runs")
    };
    assert!(pool(&["--help"]).status.success());
    assert_eq!(pool(&["nowhere", "--holders", "0", "--epochs", "1"]).status.code(), Some(2));
}
