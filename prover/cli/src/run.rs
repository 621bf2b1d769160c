//! From the process's arguments to its exit code.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::exposed;
use crate::failure::{Failure, Result};
use crate::files;
use crate::kept;
use crate::outcome::{self, Outcome};
use crate::resolve;
use crate::text::{Text, stderr_width, stdout_width};
use clap::{CommandFactory, FromArgMatches};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing_subscriber::filter::LevelFilter;
use zkmargin_model::arithmetic::{UnsupportedProcessor, check_processor};
use zkmargin_model::shown::{shown, shown_json};

/// Width of error reports when standard error is not a terminal.
const REPORT_WIDTH: usize = 100;

/// Runs the command line.
pub fn run() -> ExitCode {
    // A panic is a fault of this program. Its message may quote data, so only the place is told.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |l| format!(" at {l}"));
        let _ = writeln!(std::io::stderr(), "internal error{place}; please report it");
    }));
    let exit = std::panic::catch_unwind(run_unguarded).unwrap_or(Exit::Internal);
    ExitCode::from(exit.code())
}

fn run_unguarded() -> Exit {
    let parsed = Arguments::command().try_get_matches().and_then(|matches| {
        let arguments = Arguments::from_arg_matches(&matches)?;
        Ok((arguments, matches))
    });
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error),
    };
    let global = &arguments.global;
    start_logs(if global.quiet { LevelFilter::OFF } else { level(global.verbose) });
    set_report_style();
    let command = arguments.command.chosen();
    let name = command.name();
    let outcome = if global.json && command.output().is_some_and(files::is_stream) {
        Err(Failure::usage("--json and a file on standard output (`-o -`) cannot be combined"))
    } else {
        check_processor()
            .map_err(processor)
            .and_then(|()| resolve::check_clock())
            .and_then(|()| kept::check_arguments(&matches, command.replaces()))
            .and_then(|()| command.run(global))
    };
    let outcome = outcome::warned(outcome, exposed::take());
    if global.json {
        if let Err(failure) = &outcome {
            tracing::info!(%failure, "failed");
        }
        let exit = exit_of(&outcome);
        return print_json(&outcome::to_json(name, outcome), exit);
    }
    for (_, message) in outcome::warnings_of(&outcome) {
        let _ = writeln!(std::io::stderr(), "warning: {}", shown(message));
    }
    match outcome {
        Ok(o) => {
            let (stdout_taken, exit) = (o.stdout_taken, o.exit);
            let width = if stdout_taken { stderr_width() } else { stdout_width() };
            print(&o.into_text(width), stdout_taken, exit)
        }
        Err(failure) => {
            let exit = failure.exit;
            let line = outcome::not_checked_line(name, &failure);
            let printed = line.map_or(exit, |line| {
                let text = Text::of(line).printed(stdout_width());
                print(&text, false, exit)
            });
            let report = format!("{:?}", miette::Report::new(failure));
            let _ = writeln!(std::io::stderr(), "{}", report.trim_end());
            printed
        }
    }
}

fn processor(error: UnsupportedProcessor) -> Failure {
    Failure::new(Exit::Internal, "Processor", error.to_string())
        .help("build it without the feature `asm`: it is then slower but runs everywhere")
}

fn exit_of(outcome: &Result<Outcome>) -> Exit {
    match outcome {
        Ok(o) => o.exit,
        Err(f) => f.exit,
    }
}

/// Prints the one object of `--json`. Its values are left as they are; people look at it too.
fn print_json(object: &serde_json::Value, exit: Exit) -> Exit {
    print(&shown_json(&format!("{object:#}\n")), false, exit)
}

/// Prints, and turns a failure to print into its exit code.
fn print(text: &str, to_stderr: bool, exit: Exit) -> Exit {
    let written = if to_stderr {
        std::io::stderr().write_all(text.as_bytes())
    } else {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
    match written {
        Ok(()) => exit,
        Err(error) => {
            let stream = if to_stderr { "standard error" } else { "standard output" };
            let _ = writeln!(std::io::stderr(), "error: {stream} cannot be written: {error}");
            Exit::Io
        }
    }
}

fn level(verbose: u8) -> LevelFilter {
    match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    }
}

/// Log lines on standard error: fields repeat file names and text from files.
struct Log;

impl Write for Log {
    /// One event, ended by a line break.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = Text::of(text.strip_suffix('\n').unwrap_or(&text));
        let line = line.printed(stderr_width());
        std::io::stderr().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

fn start_logs(level: LevelFilter) {
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| Log)
        .with_ansi(false)
        .without_time()
        .init();
}

fn set_report_style() {
    let terminal = std::io::stderr().is_terminal();
    // Fails only if a style was set before, and none was.
    let _ = miette::set_hook(Box::new(move |_| {
        let options = miette::MietteHandlerOpts::new().terminal_links(false).context_lines(1);
        Box::new(if terminal {
            options.build()
        } else {
            options.color(false).unicode(false).width(REPORT_WIDTH).build()
        })
    }));
}

fn usage(error: &clap::Error) -> Exit {
    let wanted = !error.use_stderr();
    if !wanted && std::env::args_os().any(|argument| argument == "--json") {
        let message = error.to_string();
        let message = message.trim_start_matches("error: ").trim_end();
        let object = outcome::to_json("", Err(Failure::usage(message)));
        return print_json(&object, Exit::Usage);
    }
    let printed = match shown_usage() {
        Some(shown) if !wanted => shown.print(),
        None if !wanted => {
            let report = Text::of(error.to_string().trim_end()).printed(stderr_width());
            std::io::stderr().write_all(report.as_bytes())
        }
        _ => error.print(),
    };
    match printed {
        Ok(()) if wanted => Exit::Ok,
        Ok(()) => Exit::Usage,
        Err(_) => Exit::Io,
    }
}

/// The error about the arguments, rebuilt from escaped ones: it repeats them, and a wildcard can put names of
/// strangers' files among them.
fn shown_usage() -> Option<clap::Error> {
    let arguments =
        std::env::args_os().map(|argument| shown(&argument.to_string_lossy()).into_owned());
    Arguments::command().try_get_matches_from(arguments).err()
}
