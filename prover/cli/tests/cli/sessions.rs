//! Golden sessions of `tests/cmd`. `TRYCMD=overwrite cargo test -p zkmargin-cli --test cli sessions`
//! writes them anew.

#[test]
fn sessions() {
    trycmd::TestCases::new()
        .env("ZKMARGIN_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/params"))
        .register_bin("zkmargin", assert_cmd::cargo::cargo_bin!("zkmargin").to_owned())
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cmd/*.trycmd"))
        .run();
}
