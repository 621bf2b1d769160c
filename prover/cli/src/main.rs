//! The command `zkmargin`.

fn main() -> std::process::ExitCode {
    zkmargin_cli::run()
}
