//! The images to build, spread over jobs and over runners. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use super::decide::{Plan, Planned, Reason};

/// What one job builds, one image after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The images, by their index; at least one.
    pub images: Vec<usize>,
    /// The wave, from 0.
    pub wave: usize,
    /// What it is called: letters, digits and hyphens; no other job is called so.
    pub key: String,
    /// The keys of the jobs that it has to wait for.
    pub after: Vec<String>,
}

/// The jobs of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    /// Those of each wave.
    pub waves: Vec<Vec<Job>>,
    /// The most images that a job builds.
    pub largest: usize,
}

impl Spread {
    /// The jobs, wave by wave.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.waves.iter().flatten()
    }
}

impl Job {
    /// Its images.
    pub fn planned<'a>(&self, plan: &'a Plan) -> Vec<&'a Planned> {
        self.images.iter().filter_map(|index| plan.images.get(*index)).collect()
    }

    fn name(&self, plan: &Plan) -> String {
        let first = self.planned(plan).first().map(|first| first.image.name.clone());
        let first = first.unwrap_or_default();
        match self.images.len() {
            0 | 1 => first,
            many => format!("{first}-and-{}-more", many - 1),
        }
    }
}

/// Spreads the images to build over at most `most` jobs: one job an image where that is enough, else as few more as
/// possible in each. Waves are kept apart, so with more waves than `most` there are more jobs.
pub fn spread(plan: &Plan, most: usize) -> Spread {
    let jobs = |size: usize| plan.waves.iter().map(|wave| wave.len().div_ceil(size)).sum::<usize>();
    let longest = plan.waves.iter().map(Vec::len).max().unwrap_or_default();
    let mut size = 1;
    while size < longest && jobs(size) > most.max(1) {
        size += 1;
    }
    let waves = plan.waves.iter().enumerate().map(|(wave, images)| {
        // As even as can be.
        let count = images.len().div_ceil(size);
        let mut rest = images.as_slice();
        let cut = (0..count).map(|job| {
            let (images, behind) = rest.split_at(rest.len().div_ceil(count - job));
            rest = behind;
            Job { images: images.to_vec(), wave, key: String::new(), after: Vec::new() }
        });
        cut.collect()
    });
    let mut waves: Vec<Vec<Job>> = waves.collect();
    name(plan, &mut waves);
    let largest = waves.iter().flatten().map(|job| job.images.len()).max().unwrap_or_default();
    Spread { waves, largest }
}

/// Gives the jobs their names, and says what they wait for. Two projects may make images of one name.
fn name(plan: &Plan, waves: &mut [Vec<Job>]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut keys: BTreeMap<usize, String> = BTreeMap::new();
    for job in waves.iter_mut().flatten() {
        let name = job.name(plan);
        let mut key = name.clone();
        let mut number = 1;
        while !taken.insert(key.clone()) {
            number += 1;
            key = format!("{name}-{number}");
        }
        keys.extend(job.images.iter().map(|image| (*image, key.clone())));
        let below = job.planned(plan).into_iter().flat_map(|planned| &planned.after);
        // Whatever it waits for is in a wave before it.
        let after: BTreeSet<&String> = below.filter_map(|below| keys.get(below)).collect();
        job.after = after.into_iter().cloned().collect();
        job.key = key;
    }
}

/// One of several equal runners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (number, of) = text.split_once('/')?;
            let (number, of) = (number.parse().ok()?, of.parse().ok()?);
            (1 <= number && number <= of).then_some(Self { number, of })
        };
        read().ok_or_else(|| "write it as NUMBER/COUNT, counted from 1: 2/5".into())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Plan {
    /// Keeps what one of several runners builds. Images that wait for each other stay together, since runners do not wait
    /// for each other; every runner comes to the same answer.
    pub fn keep(&mut self, shard: Shard) {
        let mut group: Vec<usize> = (0..self.images.len()).collect();
        for (index, planned) in self.images.iter().enumerate() {
            for below in &planned.after {
                let (Some(&from), Some(&to)) = (group.get(index), group.get(*below)) else {
                    continue;
                };
                let (low, high) = (from.min(to), from.max(to));
                group.iter_mut().filter(|one| **one == high).for_each(|one| *one = low);
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in self.waves.iter().flatten() {
            groups.entry(group.get(*index).copied().unwrap_or_default()).or_default().push(*index);
        }
        // The largest first, each to the runner that has the least.
        let mut groups: Vec<(usize, Vec<usize>)> = groups.into_iter().collect();
        groups.sort_by_key(|(first, group)| (usize::MAX - group.len(), *first));
        let mut runners: Vec<Vec<usize>> = vec![Vec::new(); shard.of];
        for (_, group) in groups {
            if let Some(runner) = runners.iter_mut().min_by_key(|runner| runner.len()) {
                runner.extend(group);
            }
        }
        let own = shard.number.checked_sub(1).and_then(|at| runners.get(at));
        let own = own.map(Vec::as_slice).unwrap_or_default();
        for (index, planned) in self.images.iter_mut().enumerate() {
            if planned.is_built() && !own.contains(&index) {
                planned.wave = None;
                planned.after = Vec::new();
                planned.reasons.insert(0, Reason::OtherShard);
            }
        }
        for wave in &mut self.waves {
            wave.retain(|index| own.contains(index));
        }
        while self.waves.last().is_some_and(Vec::is_empty) {
            self.waves.pop();
        }
    }
}
