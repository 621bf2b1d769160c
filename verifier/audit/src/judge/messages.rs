//! Messages of price sources: which ones exist, and which ones a market's marks are compared with.

use super::Judge;
use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore, next_time};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use zkmargin_model::digest::RegistryDigest;
use zkmargin_params::AnyMarket;
use zkmargin_policy::Demands;

/// A message of a price source, recognised. Its file stays in the store until it is used.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The source's name in the policy.
    source: String,
    /// Times of the prices that the policy compares marks with, milliseconds since 1970.
    times: Box<[u64]>,
    number: u64,
    /// When it was ingested: the time at which it counts.
    time_ms: u64,
}

impl Message {
    /// How many of the prices it has near a time, and how far off the nearest one is.
    fn fitness(&self, time_ms: u64, most_ms: u64) -> (usize, Reverse<u64>) {
        let distances = self.times.iter().map(|time| time.abs_diff(time_ms));
        let fitting = distances.clone().filter(|distance| *distance <= most_ms).count();
        (fitting, Reverse(distances.min().unwrap_or(u64::MAX)))
    }
}

impl<E: EvidenceStore> Judge<'_, E> {
    /// Messages of the price sources of a policy, recognised once.
    fn messages(
        &mut self,
        venue: &str,
        registry: &RegistryDigest,
    ) -> Result<Arc<Vec<Message>>, E::Error> {
        let policy = self.rules.policy(venue, registry);
        let of = (venue.to_owned(), policy.and_then(Demands::registry));
        if let Some(known) = self.messages.get(&of) {
            return Ok(known.clone());
        }
        let mut messages = Vec::new();
        let demands = policy.filter(|d| !d.sources().is_empty());
        if let Some(demands) = demands {
            let mut from = 0;
            while let Some(file) = self.evidence.next(EvidenceKind::Source, None, from)? {
                from = file.number + 1;
                let (mut file, mut of_file) = (file, BTreeSet::new());
                loop {
                    for is in demands.sources_of(&file.bytes, file.time_ms) {
                        // A source's key may be trusted only when the file comes again.
                        if !of_file.insert(is.source.clone()) {
                            continue;
                        }
                        let feeds = demands.feeds_of(&is.source);
                        let compared =
                            is.feeds.iter().filter(|(feed, _)| feeds.contains(&feed[..]));
                        let times = compared.map(|(_, time)| *time).collect();
                        let (source, number, time_ms) = (is.source, file.number, file.time_ms);
                        messages.push(Message { source, times, number, time_ms });
                    }
                    let next = next_time(self.evidence, &file, demands.keys(), &[])?;
                    let Some(time_ms) = next else { break };
                    file.time_ms = time_ms;
                }
            }
        }
        let messages = Arc::new(messages);
        self.messages.insert(of, messages.clone());
        Ok(messages)
    }

    /// For each source of the policy of a market's registry, the message that has the most of its feeds at the snapshot's time; of
    /// several such messages, the nearest in time.
    pub(super) fn chosen_messages(
        &mut self,
        venue: &str,
        market: &dyn AnyMarket,
    ) -> Result<Vec<(String, EvidenceFile)>, E::Error> {
        let registry = market.registry_digest();
        let messages = self.messages(venue, &registry)?;
        let Some(demands) = self.rules.policy(venue, &registry) else { return Ok(Vec::new()) };
        let time_ms = market.time_ms();
        let most_ms = demands.file().prices.as_ref().map_or(0, |prices| prices.max_skew_ms);
        let mut chosen = Vec::new();
        for source in demands.sources() {
            let of_source = messages.iter().filter(|m| m.source == source.name);
            if let Some(message) = of_source.max_by_key(|m| m.fitness(time_ms, most_ms)) {
                let file = self.evidence.next(EvidenceKind::Source, None, message.number)?;
                let time_ms = message.time_ms;
                let dated = |file: EvidenceFile| EvidenceFile { time_ms, ..file };
                chosen.extend(file.map(|file| (source.name.clone(), dated(file))));
            }
        }
        Ok(chosen)
    }
}
