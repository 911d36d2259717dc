//! Waves, jobs and shards over any images.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sandgate::repo::affected::{Asked, Change, Image, Plan, Shard, Use, What, decide, spread};

/// Images, each upon some of those before it, and whether each changed.
fn any_images() -> impl Strategy<Value = Vec<(Vec<usize>, bool)>> {
    prop::collection::vec(
        (prop::collection::vec(any::<prop::sample::Index>(), 0..3), any::<bool>()),
        1..40,
    )
    .prop_map(|images| {
        let below = |at: usize, all: Vec<prop::sample::Index>| {
            let all: BTreeSet<usize> =
                all.into_iter().filter(|_| at > 0).map(|one| one.index(at)).collect();
            all.into_iter().collect()
        };
        images
            .into_iter()
            .enumerate()
            .map(|(at, (all, changed))| (below(at, all), changed))
            .collect()
    })
}

fn plan(images: &[(Vec<usize>, bool)]) -> Plan {
    let images = images.iter().enumerate().map(|(at, (below, changed))| Image {
        name: format!("i{at}"),
        path: format!("images/{at}"),
        uses: below
            .iter()
            .map(|below| Use { name: format!("i{below}"), written: String::new(), pinned: false })
            .collect(),
        changes: Some(
            changed.then(|| Change { path: "f".into(), what: What::Changed }).into_iter().collect(),
        ),
        ..Image::default()
    });
    let asked = Asked { base: Some("main".into()), ..Asked::default() };
    decide(images.collect(), &asked).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_on_a_change_is_built_behind_it(images in any_images()) {
        let plan = plan(&images);
        for (at, (below, changed)) in images.iter().enumerate() {
            let own = &plan.images[at];
            let upon_built = below.iter().any(|below| plan.images[*below].is_built());
            prop_assert_eq!(own.is_built(), *changed || upon_built);
            for below in below {
                if let (Some(wave), Some(before)) = (own.wave, plan.images[*below].wave) {
                    prop_assert!(before < wave);
                }
            }
        }
        // No wave is longer than it has to be: each of its images waits for one of the wave before.
        for (number, wave) in plan.waves.iter().enumerate().skip(1) {
            for at in wave {
                let waits = plan.images[*at].after.iter().map(|after| plan.images[*after].wave);
                prop_assert!(waits.flatten().any(|before| before == number - 1));
            }
        }
    }

    #[test]
    fn jobs_hold_every_image_once_and_wait_for_the_right_ones(images in any_images(), most in 1_usize..12) {
        let plan = plan(&images);
        let spread = spread(&plan, most);
        let mut seen: Vec<usize> = spread.jobs().flat_map(|job| job.images.clone()).collect();
        seen.sort_unstable();
        let built: Vec<usize> = (0..images.len()).filter(|at| plan.images[*at].is_built()).collect();
        prop_assert_eq!(seen, built);
        prop_assert!(spread.jobs().count() <= most.max(plan.waves.len()));
        let keys: BTreeSet<&String> = spread.jobs().map(|job| &job.key).collect();
        prop_assert_eq!(keys.len(), spread.jobs().count());
        for job in spread.jobs() {
            let holds = |at: usize| spread.jobs().find(|job| job.images.contains(&at)).unwrap();
            let want: BTreeSet<&String> = job
                .images
                .iter()
                .flat_map(|at| &plan.images[*at].after)
                .map(|after| &holds(*after).key)
                .collect();
            prop_assert_eq!(job.after.iter().collect::<BTreeSet<_>>(), want);
        }
        // As many jobs as are allowed are used before images share one.
        if spread.largest > 1 {
            let tighter = plan.waves.iter().map(|wave| wave.len().div_ceil(spread.largest - 1)).sum::<usize>();
            prop_assert!(tighter > most);
        }
    }

    #[test]
    fn shards_hold_every_image_once_and_keep_together_what_waits(images in any_images(), of in 1_usize..6) {
        let whole = plan(&images);
        let mut seen = Vec::new();
        for number in 1..=of {
            let mut own = whole.clone();
            own.keep(Shard { number, of });
            let built: Vec<usize> = own.waves.iter().flatten().copied().collect();
            for at in &built {
                for after in &own.images[*at].after {
                    prop_assert!(built.contains(after));
                }
            }
            let told: usize = own.images.iter().filter(|image| image.is_built()).count();
            prop_assert_eq!(told, built.len());
            seen.extend(built);
        }
        seen.sort_unstable();
        let mut all: Vec<usize> = whole.waves.iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert_eq!(seen, all);
    }
}
