//! Threads with separate thread pools.

use crate::check::VerifyFailure;

/// Runs each job in a separate thread, with a pool of the given number of threads, and returns the results in order.
///
/// # Errors
/// [`VerifyFailure::Thread`] when the system has no thread left.
pub(super) fn apart<J: Send, R: Send>(
    jobs: impl Iterator<Item = J>,
    threads: usize,
    work: impl Fn(J) -> R + Sync,
) -> Result<Vec<R>, VerifyFailure> {
    let in_pool = |job| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| VerifyFailure::Thread(e.to_string()))?;
        Ok(pool.install(|| work(job)))
    };
    std::thread::scope(|scope| {
        let in_pool = &in_pool;
        let start = |job| {
            let thread = std::thread::Builder::new().spawn_scoped(scope, move || in_pool(job));
            thread.map_err(|e| VerifyFailure::Thread(e.to_string()))
        };
        let started = jobs.map(start).collect::<Result<Vec<_>, _>>()?;
        let ended = started.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            // A thread that panicked has told why; the panic goes on here.
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect()
    })
}
